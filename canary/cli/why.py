"""canary why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from canary.cli.chart import chart
from canary.cli.draw import evidence_lines
from canary.cli.exit_codes import ExitCode
from canary.cli.options import cluster_options, form_option, name_argument
from canary.cli.output import Answer, emit, table
from canary.cli.past import chosen, recall, write
from canary.cli.picture import document, phase, picture, seen
from canary.cli.plot import FORMS, check, draw
from canary.cli.session import find
from canary.cli.words import clean, span, stamp
from canary.core.codec import entry_to_json
from canary.core.journal import ORDER
from canary.core.model import Phase
from canary.core.replay import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.cli.past import Story
    from canary.cli.session import Session, Where
    from canary.core.model import JournalEntry
    from canary.core.records import Kept

_HEADINGS = ("TIME", "WEIGHT", "PHASE", "REVISION", "RULE", "NUMBERS", "ACTOR", "REASON")
_NEXT = {
    Phase.ROLLED_BACK: "change the template, or `canary retry {name}` to try the same one again",
    Phase.PAUSED: "`canary promote {name}`, `canary resume {name}` or `canary abort {name}` decides",
    Phase.PROGRESSING: "`canary status {name} --watch` shows what is still missing",
}


def explain(story: Story, now: float, *, everything: bool, colour: bool) -> Answer:
    """Tell the last decision: who, when, on which numbers, what led there, and what can be done."""
    decision, release = story.decision, story.release
    told = story.entries if everything else _of_the_same_release(story.entries)
    answer = document(release, now) | {
        "decision": entry_to_json(decision) if decision else None,
        "journal": [entry_to_json(entry) for entry in told],
    }
    evidence = evidence_lines(picture(release, now).evidence, colour=colour)
    return Answer(answer, (*_prose(story, now), *evidence, *_lines(told)))


def _prose(story: Story, now: float) -> Iterator[str]:
    release, decision = story.release, story.decision
    yield f"{release.name} in {release.namespace} is {phase(release)}."
    if release.problem or release.status.stalled:
        yield f"It cannot go on: {clean(release.problem or release.status.stalled)}."
    if not seen(release):
        yield "The controller has not looked at the newest change yet; what follows is about the one before."
    if decision is None:
        yield "Nothing has been decided yet."
    else:
        yield from _decision(decision, now)
    if release.status.reason and (decision is None or release.status.reason != decision.reason):
        yield f"Now: {clean(release.status.reason)}."
    if advice := _NEXT.get(release.status.phase, ""):
        yield f"Next: {advice.format(name=release.name)}."


def _decision(entry: JournalEntry, now: float) -> Iterator[str]:
    yield f"{stamp(entry.time)}, {span(now - entry.time)} ago: {clean(entry.actor)} {_deed(entry)}."
    if entry.rule == ORDER and entry.weight_from == entry.weight_to:
        return
    yield f"Because: {clean(entry.reason) or 'no reason was recorded'}."
    if entry.rule:
        yield f"Decided by: {': '.join(part for part in (clean(entry.rule), clean(entry.numbers)) if part)}."


def _deed(entry: JournalEntry) -> str:
    if entry.weight_from != entry.weight_to:
        return f"took revision {entry.revision} from {entry.weight_from} % to {entry.weight_to} %"
    if entry.rule == ORDER:
        return f"ordered {clean(entry.reason)}, revision {entry.revision} at {entry.weight_to} %"
    return f"made it {entry.phase}, revision {entry.revision} at {entry.weight_to} %"


def _of_the_same_release(entries: tuple[JournalEntry, ...]) -> tuple[JournalEntry, ...]:
    """Cut off what was before the last release: its lines are the last ones about one revision."""
    start = len(entries)
    while start and entries[start - 1].revision == entries[-1].revision:
        start -= 1
    return entries[start:]


def _lines(entries: tuple[JournalEntry, ...]) -> tuple[str, ...]:
    if not entries:
        return ()
    return ("", *table(_HEADINGS, map(_row, entries)))


def _row(entry: JournalEntry) -> tuple[str, ...]:
    steady = entry.weight_from == entry.weight_to
    weight = f"{entry.weight_to} %" if steady else f"{entry.weight_from} > {entry.weight_to} %"
    numbers = "" if entry.numbers in entry.reason else entry.numbers
    words = (entry.rule, numbers, entry.actor, entry.reason)
    return (
        stamp(entry.time),
        weight,
        str(entry.phase),
        entry.revision,
        *(clean(word) or "-" for word in words),
    )


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
