"""The line that every weight change, every order and every ending leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from canary.core.model import JournalEntry
from canary.core.units import sentence

if TYPE_CHECKING:
    from canary.core.model import Status

CONTROLLER = "canary-controller"
DEADMAN = "canary-deadman"
FOREIGN = "foreign"
LOST = "lost"
ORDER = "order"
_IN_STATUS = 8


@dataclass(frozen=True, slots=True)
class Basis:
    """What a move rests on: a rule and its numbers, or a person; an empty actor is the controller."""

    rule: str
    numbers: str = ""
    actor: str = ""


def record(status: Status, now: float, weight_from: int, basis: Basis) -> Status:
    """Append a line about what `status` has become: its weight, phase and reason."""
    entry = JournalEntry(
        sequence=status.journal[-1].sequence + 1 if status.journal else 1,
        time=now,
        weight_from=weight_from,
        weight_to=status.weight,
        phase=status.phase,
        revision=status.canary_revision or status.stable_revision,
        rule=basis.rule,
        numbers=sentence(basis.numbers),
        reason=sentence(status.reason),
        actor=basis.actor or CONTROLLER,
    )
    return replace(status, journal=(*status.journal, entry)[-_IN_STATUS:])


def remark(status: Status, now: float, weight_from: int, reason: str, basis: Basis) -> Status:
    """Append a line about something that changes neither the weight nor the reason of the status."""
    noted = record(replace(status, reason=reason), now, weight_from, basis)
    return replace(noted, reason=status.reason)


def put_back(status: Status, now: float, found: int, manager: str) -> Status:
    """Note, once, a weight that somebody else wrote; applying the status undoes it."""
    last = status.journal[-1] if status.journal else None
    if last and (last.rule, last.weight_from, last.weight_to, last.actor) == (
        FOREIGN,
        found,
        status.weight,
        manager,
    ):
        return status
    reason = f"{manager} had set the weight to {found} %, it goes back to {status.weight} %"
    return remark(status, now, found, reason, Basis(FOREIGN, actor=manager))


def fresh(before: Status, after: Status) -> tuple[JournalEntry, ...]:
    """The lines that `after` has and `before` had not."""
    last = before.journal[-1].sequence if before.journal else 0
    return tuple(entry for entry in after.journal if entry.sequence > last)
