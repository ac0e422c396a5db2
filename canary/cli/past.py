"""What is kept of a release: the lines of its journal, and the records that they rest on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from canary.cli.session import find
from canary.ports import NotFoundError, RefusedError, SerinError
from canary.shown.past import story

if TYPE_CHECKING:
    from canary.cli.session import Where
    from canary.cli.terminal import Terminal
    from canary.core.records import Kept
    from canary.core.replay import Run
    from canary.ports import Desk, Release
    from canary.shown.past import Story


def recall(terminal: Terminal, desk: Desk, release: Release) -> Story:
    """Tell the story of a release; who may not read its journal still gets the lines in the status."""
    try:
        kept = desk.journal(release)
    except RefusedError as error:
        terminal.tell(f"{error}; only the newest lines are shown")
        kept = []
    return story(release, kept)


def kept_of(terminal: Terminal, desk: Desk, where: Where, name: str) -> tuple[str, Kept]:
    """Read all that is kept of a release from its cluster, and where that is."""
    release = find(desk, where, name)
    told = recall(terminal, desk, release)
    return f"release {release.key}", replace(desk.kept(release), journal=told.entries)


def chosen(found: tuple[Run, ...], which: str, place: str) -> Run:
    """Choose among the releases that are kept: the last, the N-th from there, or one of a revision."""
    if not found:
        raise NotFoundError(f"{place}: no look is recorded: records begin with the next release")
    if which.isdecimal() and len(which) < 5:
        if not 1 <= int(which) <= len(found):
            raise NotFoundError(f"{place}: --release {which}: choose from 1, the last, to {len(found)}")
        return found[-int(which)]
    alike = [run for run in found if run.header.revision.startswith(which)]
    if not alike:
        known = ", ".join(dict.fromkeys(run.header.revision for run in reversed(found)))
        raise NotFoundError(f"{place}: --release {which}: not found: there is {known}")
    return alike[-1]


def write(file: str, content: bytes) -> None:
    """Write a file that was named on the command line. Raises SerinError."""
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SerinError(f"{file}: write: {why}: name a file that can be written") from error
