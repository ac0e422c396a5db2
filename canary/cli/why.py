"""canary why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from canary.cli.draw import evidence_lines
from canary.cli.exit_codes import ExitCode
from canary.cli.options import cluster_options, form_option, name_argument
from canary.cli.output import Answer, emit, table
from canary.cli.past import chosen, recall, write
from canary.cli.plot import FORMS, check, draw
from canary.cli.session import find
from canary.core.codec import entry_to_json
from canary.core.replay import runs
from canary.shown.chart import chart
from canary.shown.picture import document, picture
from canary.shown.prose import prose, remarks
from canary.shown.tables import JOURNAL, journal_row

if TYPE_CHECKING:
    from canary.cli.session import Session, Where
    from canary.core.model import JournalEntry
    from canary.core.records import Kept
    from canary.shown.past import Story


def explain(story: Story, now: float, *, everything: bool, colour: bool) -> Answer:
    """Tell the last decision: who, when, on which numbers, what led there, and what can be done."""
    decision, release = story.decision, story.release
    told = story.entries if everything else story.latest
    answer = document(release, now) | {
        "decision": entry_to_json(decision) if decision else None,
        "journal": [entry_to_json(entry) for entry in told],
    }
    evidence = evidence_lines(picture(release, now).evidence, colour=colour)
    return Answer(answer, (*prose(story, now), *remarks(release), *evidence, *_lines(told)))


def _lines(entries: tuple[JournalEntry, ...]) -> tuple[str, ...]:
    if not entries:
        return ()
    return ("", *table(JOURNAL, map(journal_row, entries)))


@click.command()
@name_argument
@click.option(
    "--all", "everything", is_flag=True, help="The whole journal, not only the last release's lines."
)
@click.option(
    "--plot",
    "file",
    default="",
    metavar="FILE",
    help="Also draw the evidence over time: FILE.svg or FILE.png.",
)
@form_option("table", "json", "yaml")
@cluster_options
@click.pass_obj
def why(  # noqa: PLR0913 - one for each option
    session: Session, *, where: Where, name: str, everything: bool, file: str, form: str
) -> int:
    """Explain the last decision.

    Which rule or person took it, on which numbers, and the way there.
    """
    picture_form = _picture_form(file)
    desk, terminal = session.connect(where), session.terminal
    story = recall(terminal, desk, find(desk, where, name))
    answer = explain(story, terminal.clock.now(), everything=everything, colour=terminal.colour)
    drawn = _drawn(story, desk.kept(story.release), picture_form) if file else b""
    emit(terminal, form, answer)
    if drawn:
        write(file, drawn)
        terminal.tell(f"the evidence over time is drawn in {file}")
    return ExitCode.DONE


def _picture_form(file: str) -> str:
    """Know before the cluster is asked that a picture can be drawn. Raises UsageError, MissingError."""
    form = file.rpartition(".")[2].lower() if file else ""
    if file and form not in FORMS:
        raise click.UsageError(
            f"--plot {file}: the name must end in {' or '.join(f'.{each}' for each in FORMS)}."
        )
    if file:
        check()
    return form


def _drawn(story: Story, kept: Kept, form: str) -> bytes:
    found = runs(replace(kept, journal=story.entries))
    return draw(chart(chosen(found, "", f"release {story.release.key}")), form)
