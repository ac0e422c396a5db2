"""canary status."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from canary.cli.draw import block
from canary.cli.exit_codes import ExitCode
from canary.cli.options import cluster_options, form_option, name_argument, timeout_option
from canary.cli.output import Answer, emit
from canary.cli.screen import JsonScreen, LineScreen, LiveScreen
from canary.cli.session import find, reference
from canary.cli.watch import Follower, ending
from canary.shown.picture import document

if TYPE_CHECKING:
    from canary.cli.screen import Screen
    from canary.cli.session import Session, Where
    from canary.cli.terminal import Terminal
    from canary.ports import Desk, Release


def answer(release: Release, now: float, *, colour: bool) -> Answer:
    """Render one release in every form."""
    return Answer(document(release, now), block(release, now, colour=colour), (reference(release),))


def follow(terminal: Terminal, desk: Desk, release: Release, form: str, timeout: float | None) -> int:
    """Show a release until it ends; the exit code says how."""
    read = functools.partial(desk.release, release.namespace, release.name)
    return Follower(read, _screen(terminal, form), terminal.clock).follow(timeout)


def _screen(terminal: Terminal, form: str) -> Screen:
    if form == "json":
        return JsonScreen(terminal)
    return LiveScreen(terminal) if terminal.live else LineScreen(terminal)


@click.command()
@name_argument
@click.option(
    "-w", "--watch", is_flag=True, help="Show it live until the release of the current template ends."
)
@timeout_option(None, "With --watch: give up after this long.")
@form_option("table", "json", "yaml", "name")
@cluster_options
@click.pass_obj
def status(  # noqa: PLR0913 - one parameter an option
    session: Session, *, where: Where, name: str, watch: bool, timeout: float | None, form: str
) -> int:
    """Show how a release stands, and what is missing.

    NAME may be left out when the namespace holds one release. The exit code is 1 when the
    release of the current template was rolled back, or cannot be understood.
    """
    if watch and form in ("yaml", "name"):
        raise click.UsageError("--watch goes with -o table or -o json.")
    if timeout is not None and not watch:
        raise click.UsageError("--timeout goes with --watch.")
    desk = session.connect(where)
    release = find(desk, where, name)
    if watch:
        return follow(session.terminal, desk, release, form, timeout)
    emit(
        session.terminal, form, answer(release, session.terminal.clock.now(), colour=session.terminal.colour)
    )
    return ending(release) or ExitCode.DONE
