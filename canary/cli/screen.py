"""How a watched release reaches stdout: one redrawn block, lines of what changed, or JSON lines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Protocol

from canary.cli.draw import block
from canary.core.model.words import USED
from canary.shown.facts import weights
from canary.shown.picture import PENDING, document, phase, picture, seen
from canary.shown.words import clean, stamp, tally

if TYPE_CHECKING:
    from canary.cli.terminal import Terminal
    from canary.core.view import EvidenceView
    from canary.ports import Release

_ESCAPE = re.compile(r"(\x1b\[[0-9;]*m)")
_QUIET_AT_MOST = 10.0


class Screen(Protocol):
    """Shows the release each time it was read."""

    def show(self, release: Release, now: float) -> None: ...
    def tell(self, line: str) -> None:
        """Put a line on stderr without tearing what is drawn."""
        ...


class LiveScreen:
    """Redraws one block in place on a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._height = 0

    def show(self, release: Release, now: float) -> None:
        columns = self._terminal.columns()
        lines = [fit(line, columns) for line in block(release, now, colour=self._terminal.colour)]
        up = f"\x1b[{self._height}F\x1b[J" if self._height else ""
        self._terminal.out.write(up + "\n".join(lines) + "\n")
        self._terminal.out.flush()
        self._height = len(lines)

    def tell(self, line: str) -> None:
        self._terminal.tell(line)
        self._height = 0


class LineScreen:
    """Prints a line when something changed, and every ten seconds while evidence is coming in."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown: tuple[object, ...] = ()
        self._line = ""
        self._at = 0.0

    def show(self, release: Release, now: float) -> None:
        facts = _facts(release)
        line = summary(release, now)
        if facts == self._shown and (line == self._line or now - self._at < _QUIET_AT_MOST):
            return
        self._shown, self._line, self._at = facts, line, now
        self._terminal.say(f"{stamp(now)} {line}")

    def tell(self, line: str) -> None:
        self._terminal.tell(line)


class JsonScreen:
    """Prints one JSON document a line, each time something changed."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown: tuple[object, ...] = ()

    def show(self, release: Release, now: float) -> None:
        facts = (release.status, seen(release), release.problem)
        if facts != self._shown:
            self._shown = facts
            self._terminal.say(json.dumps(document(release, now), ensure_ascii=False))

    def tell(self, line: str) -> None:
        self._terminal.tell(line)


def _facts(release: Release) -> tuple[object, ...]:
    """Pick what is worth a line of its own; counts grow at every look and are not."""
    status = release.status
    verdicts = tuple((evidence.rule, evidence.view, evidence.verdict) for evidence in status.evidence)
    revisions = (status.stable_revision, status.canary_revision, release.spec and release.spec.revision)
    place = (phase(release), status.step, status.weight, status.held_by, status.stalled)
    return (*place, verdicts, *revisions, seen(release))


def summary(release: Release, now: float) -> str:
    """Write a release on one line: phase, step, weight, revision, what each rule says, why."""
    view = picture(release, now)
    parts = [f"{phase(release)}, step {view.step} of {view.steps}" if view.step else phase(release)]
    if view.weight:
        parts.append(weights(view))
    if view.canary:
        parts.append(f"canary {view.canary}")
    if view.weight:
        parts += [_judged(each) for each in view.evidence]
    if not seen(release) and phase(release) != PENDING:
        parts.append("waiting for the controller to look at the newest change")
    parts.append(clean(view.stalled or view.reason))
    return "; ".join(part for part in parts if part)


def _judged(each: EvidenceView) -> str:
    said = f"{each.rule}/{each.view} {each.verdict}"
    if each.rule in USED:
        return said
    return f"{said} {tally(each.canary_bad, each.canary_requests, each.canary_rate)}"


def fit(line: str, columns: int) -> str:
    """Cut a line to the width of the terminal: one that wraps would break the redrawing."""
    left, kept = columns, []
    for part in _ESCAPE.split(line):
        if _ESCAPE.fullmatch(part):
            kept.append(part)
        else:
            kept.append(part[:left])
            left -= len(kept[-1])
    return "".join(kept)
