"""Every way back: all users return to a stable revision in one write, and the reason is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canary.core.intents import ORDERED
from canary.core.journal import CONTROLLER, Basis, record
from canary.core.model import Cause, Phase
from canary.core.moves import counted_anew, finished

if TYPE_CHECKING:
    from canary.core.dangers import Danger
    from canary.core.model import Status
    from canary.core.tick import Tick

_OUTCOMES_OF_THEIR_OWN = (Cause.SUPERSEDED, Cause.ABORTED)


def retreat(tick: Tick, status: Status, danger: Danger) -> Status:
    """Take all users back to stable, in one write."""
    back = replace(
        counted_anew(status),
        phase=Phase.ROLLING_BACK,
        weight=0,
        weight_confirmed=0.0 if status.weight else status.weight_confirmed,
        observed_weight=None,
        stable_route=status.stable_revision,
        held_by="",
        paused_since=0.0,
        progress_at=tick.now,
        rollback_cause=danger.cause,
        rollback_by=danger.actor or CONTROLLER,
        reason=danger.reason,
    )
    basis = Basis(danger.rule or danger.cause, danger.numbers, danger.actor)
    return record(back, tick.now, status.weight, basis)


def empty(tick: Tick, status: Status) -> Status:
    """A way back leaves nobody on the canary, whoever wrote into the status that it does."""
    emptied = replace(status, weight=0, weight_confirmed=0.0)
    return record(emptied, tick.now, status.weight, Basis(status.rollback_cause, actor=status.rollback_by))


def flip_back(tick: Tick, status: Status) -> Status:
    """Make the kept revision stable again in one write; its pods are ready, so no step is needed."""
    chosen, left = status.canary_revision, status.stable_revision
    flipped = replace(
        counted_anew(status),
        phase=Phase.ROLLING_BACK,
        stable_revision=chosen,
        stable_route=chosen,
        canary_revision=left,
        previous_revision="",
        exposed_share=100,
        by_service=True,
        paused_since=0.0,
        progress_at=tick.now,
        reason=f"{status.rollback_by} went back from revision {left} to {chosen}",
    )
    return record(flipped, tick.now, status.weight, Basis(ORDERED, actor=status.rollback_by))


def finish_rollback(tick: Tick, status: Status) -> Status:
    """Stable has everybody again: remember what was rejected, unless a newer template replaced it."""
    cause = status.rollback_cause
    outcome = cause if cause in _OUTCOMES_OF_THEIR_OWN else "RolledBack"
    ended = finished(tick, status, outcome, status.rollback_by)
    if outcome == Cause.SUPERSEDED:
        return replace(ended, phase=Phase.HEALTHY, canary_revision="")
    asked_for_is_rejected = tick.spec.revision == status.rejected_revision
    ended = replace(
        ended,
        phase=Phase.ROLLED_BACK,
        rejected_revision=status.rejected_revision if asked_for_is_rejected else status.canary_revision,
        rollback_until=tick.now + tick.spec.rollback_window,
    )
    ended = record(ended, tick.now, 0, Basis(status.rollback_cause, actor=status.rollback_by))
    return replace(ended, canary_revision="")
