"""What an operator should see as Kubernetes events: one for each new journal line, and for each new stall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.journal import FOREIGN, LOST, ORDER, fresh
from canary.core.model import Note, Phase

if TYPE_CHECKING:
    from canary.core.model import JournalEntry, Status

_REASONS = {
    Phase.HEALTHY: "Promoted",
    Phase.PROGRESSING: "WeightChanged",
    Phase.PROMOTING: "Promoting",
    Phase.ROLLING_BACK: "RollingBack",
    Phase.ROLLED_BACK: "RolledBack",
}
_OTHERS = {FOREIGN: "ForeignWeight", LOST: "ObjectLost", ORDER: "Ordered"}
_BAD = ("RollingBack", "RolledBack", "ForeignWeight", "ObjectLost")


def notes(before: Status, after: Status) -> tuple[Note, ...]:
    """Derive the events from what changed."""
    told = [_note(entry) for entry in fresh(before, after)]
    if after.stalled and after.stalled != before.stalled:
        told.append(Note("Stalled", after.stalled, warning=True))
    return tuple(told)


def _note(entry: JournalEntry) -> Note:
    reason = _reason(entry)
    change = f"{entry.weight_from} % -> {entry.weight_to} %: " if entry.weight_from != entry.weight_to else ""
    return Note(reason, f"{change}{entry.reason} (by {entry.actor})", warning=reason in _BAD)


def _reason(entry: JournalEntry) -> str:
    return _OTHERS.get(entry.rule) or _REASONS.get(entry.phase, str(entry.phase))
