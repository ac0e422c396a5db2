"""One release as a block of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.cli.output import painted, table
from canary.core.model import Phase, Verdict
from canary.shown.facts import facts
from canary.shown.picture import PENDING, phase, picture
from canary.shown.tables import EVIDENCE, evidence_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from canary.core.view import EvidenceView, ReleaseView
    from canary.ports import Release

_PHASE_COLOURS = {
    Phase.HEALTHY: "green",
    Phase.ROLLING_BACK: "red",
    Phase.ROLLED_BACK: "red",
    Phase.PAUSED: "yellow",
}
_VERDICT_COLOURS = {
    Verdict.PASS.name: "green",
    Verdict.HOLD.name: "yellow",
    Verdict.ERROR.name: "yellow",
    Verdict.FAIL.name: "red",
}
_LABEL = 10


def block(release: Release, now: float, *, colour: bool) -> tuple[str, ...]:
    """Draw everything about one release; the first line alone says how it stands."""
    view = picture(release, now)
    return (
        _title(release, view, colour=colour),
        *(f"  {label.ljust(_LABEL)} {text}" for label, text in facts(release, now)),
        *evidence_lines(view.evidence, colour=colour),
    )


def _title(release: Release, view: ReleaseView, *, colour: bool) -> str:
    where = painted(f"{release.name} in {release.namespace}", "bold", wanted=colour)
    place = f", step {view.step} of {view.steps}" if view.step else ""
    return f"{where}: {_painted_phase(release, colour=colour)}{place}"


def _painted_phase(release: Release, *, colour: bool) -> str:
    name = phase(release)
    return painted(name, _PHASE_COLOURS.get(release.status.phase, "blue"), wanted=colour and name != PENDING)


def evidence_lines(evidence: Sequence[EvidenceView], *, colour: bool) -> tuple[str, ...]:
    """Draw a row for every rule and view."""
    if not evidence:
        return ()
    heading, *rows = table(EVIDENCE, map(evidence_row, evidence))
    painted_rows = [
        painted(row, _VERDICT_COLOURS[str(each.verdict)], wanted=colour)
        for row, each in zip(rows, evidence, strict=True)
    ]
    return ("", f"  {heading}", *(f"  {row}" for row in painted_rows))
