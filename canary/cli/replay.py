"""canary replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from canary.cli.exit_codes import ExitCode
from canary.cli.lint import read as read_file
from canary.cli.options import cluster_options, form_option, name_argument
from canary.cli.output import emit
from canary.cli.past import chosen, kept_of, write
from canary.cli.retold import retold
from canary.cli.session import valid
from canary.core.records import read, written
from canary.core.replay import replay as judge_again
from canary.core.replay import runs
from canary.ports import NotFoundError
from canary.shown.words import clean

if TYPE_CHECKING:
    from canary.cli.session import Session, Where
    from canary.cli.terminal import Terminal
    from canary.core.records import Kept

_MOST_PROBLEMS = 20


def save(file: str, kept: Kept) -> None:
    """Write all that is kept as lines, for `--from`. Raises SerinError."""
    lines = "".join(f"{written(record)}\n" for record in (*kept.records, *kept.journal))
    write(file, lines.encode())


def _from_file(terminal: Terminal, file: str, name: str) -> tuple[str, Kept]:
    kept = read(read_file(terminal, file).splitlines(), file)
    wanted = valid(name.rpartition("/")[2])
    names = {run.header.name for run in runs(kept)}
    if wanted and wanted not in names:
        raise NotFoundError(
            f"{file}: holds no release called {wanted}: there is {', '.join(map(clean, sorted(names)))}"
        )
    return file, kept


def _tell(terminal: Terminal, problems: tuple[str, ...]) -> None:
    for problem in problems[:_MOST_PROBLEMS]:
        terminal.tell(clean(problem))
    if len(problems) > _MOST_PROBLEMS:
        terminal.tell(f"{len(problems) - _MOST_PROBLEMS} more lines cannot be read")


@click.command()
@name_argument
@click.option(
    "--release",
    "which",
    default="",
    metavar="N|REVISION",
    help="Which release of it: 1 is the last, 2 the one before; or a revision. Default: the last.",
)
@click.option("--from", "source", default="", metavar="FILE", help="Read what --save wrote; ask no cluster.")
@click.option(
    "--save", "target", default="", metavar="FILE", help="Write what is kept, to replay it elsewhere."
)
@form_option("table", "json", "yaml")
@cluster_options
@click.pass_obj
def replay(  # noqa: PLR0913 - one for each option
    session: Session, *, where: Where, name: str, which: str, source: str, target: str, form: str
) -> int:
    """Make every decision of a release again.

    Takes the ticks that were recorded through the same rules in the same order. Each number must come out
    the same to the last bit, and each line of the journal must follow from them.
    """
    terminal = session.terminal
    if source:
        place, kept = _from_file(terminal, source, name)
    else:
        place, kept = kept_of(terminal, session.connect(where), where, name)
    _tell(terminal, kept.problems)
    if target:
        save(target, kept)
    found = tuple(
        run for run in runs(kept) if run.header.name == (name.rpartition("/")[2] or run.header.name)
    )
    result = judge_again(chosen(found, which, place))
    emit(terminal, form, retold(result))
    return ExitCode.DONE if result.agrees else ExitCode.FAILED
