"""Every way forward: the next status, with its journal line. `retreats` has every way back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canary.core.journal import CONTROLLER, Basis, record
from canary.core.model import Finished, Phase, Status
from canary.core.rules import tightest

if TYPE_CHECKING:
    from canary.core.gates import Wait
    from canary.core.tick import Tick

_HISTORY = 10


def begin_first(tick: Tick, status: Status) -> Status:
    """Nothing serves yet, so nobody can be harmed: the revision becomes stable as soon as it is ready."""
    revision = tick.spec.revision
    fresh = _blank(tick, status, f"Revision {revision} is the first one")
    return replace(fresh, stable_revision=revision, stable_route=revision, canary_route=revision)


def finish_first(tick: Tick, status: Status) -> Status:
    """The first revision takes all traffic."""
    return record(rest(status), tick.now, status.weight, Basis("readiness"))


def begin(tick: Tick, status: Status, revision: str) -> Status:
    """Start to release `revision` against the present stable one."""
    fresh = _blank(tick, status, f"Revision {revision} is prepared")
    return replace(fresh, canary_revision=revision)


def hold(tick: Tick, status: Status, wait: Wait) -> Status:
    """Stay; a pause is a wait for somebody outside, and does not use up the deadline."""
    if status.phase is Phase.PROMOTING:
        return replace(status, reason=wait.reason)
    if wait.paused:
        since = status.paused_since or tick.now
        return replace(status, phase=Phase.PAUSED, paused_since=since, reason=wait.reason)
    return replace(_resumed(tick, status), reason=wait.reason)


def raise_to(tick: Tick, status: Status, step: int) -> Status:
    """Give the canary the share of `step`; all traffic after a smaller share begins its promotion."""
    weight, base = tick.spec.steps[step].weight, status.weight
    by = status.skipped_by or status.approved_by
    raised = replace(
        counted_anew(status),
        phase=Phase.PROMOTING if weight == 100 and base else Phase.PROGRESSING,
        weight=weight,
        weight_confirmed=0.0,
        step=step,
        approved_by=status.approved_by if status.full else "",
        skipped_by=status.skipped_by if status.full else "",
        exposed_at=status.exposed_at or tick.now,
        exposed_share=status.exposed_share or weight,
        paused_since=0.0,
        progress_at=tick.now,
        base_restarts=_restarts_before(tick, status),
        reason=f"{'Ordered' if by else 'All that was asked for is there'}: from {base} % to {weight} %",
    )
    return record(raised, tick.now, base, _basis(status, by))


def _restarts_before(tick: Tick, status: Status) -> int:
    """What is not held against the canary: an operator's own number counts from its first user on."""
    if status.weight and tick.spec.rules.restarts is not None:
        return status.base_restarts
    return tick.pods(status.canary_revision).restarts


def start_promotion(tick: Tick, status: Status) -> Status:
    """The only step was 100 %, and it has proved itself."""
    return replace(status, phase=Phase.PROMOTING, paused_since=0.0, progress_at=tick.now)


def flip(tick: Tick, status: Status) -> Status:
    """Point the stable Service at the new revision while the canary route still carries everybody."""
    reason = "The stable Service moves to the new revision"
    return replace(
        counted_anew(status), stable_route=status.canary_revision, progress_at=tick.now, reason=reason
    )


def unweight(tick: Tick, status: Status) -> Status:
    """Both roles are the new revision now: the canary route is no longer needed."""
    moved = replace(
        counted_anew(status),
        weight=0,
        weight_confirmed=0.0,
        by_service=True,
        progress_at=tick.now,
        reason="Both Services lead to the new revision, the canary route ends",
    )
    return record(moved, tick.now, status.weight, Basis("endpoints"))


def finish_promotion(tick: Tick, status: Status) -> Status:
    """The new revision is stable; the one before stays warm for the rollback window."""
    done = replace(status, reason=f"Revision {status.canary_revision} is promoted")
    promoted = replace(
        finished(tick, done, "Promoted", CONTROLLER),
        phase=Phase.HEALTHY,
        previous_revision=status.stable_revision,
        stable_revision=status.canary_revision,
        rollback_until=tick.now + tick.spec.rollback_window,
    )
    return replace(record(promoted, tick.now, status.weight, Basis("requests")), canary_revision="")


def rest(status: Status) -> Status:
    """One revision serves everybody, and it is the one that was asked for."""
    reason = f"Revision {status.stable_revision} serves all traffic"
    return replace(status, phase=Phase.HEALTHY, rejected_revision="", rollback_cause="", reason=reason)


def counted_anew(status: Status) -> Status:
    """Forget since when things are in place or wrong: the next state begins to count for itself."""
    return replace(status, settled_since=0.0, idle_since=0.0, split_off_since=0.0, unready_since=0.0)


def finished(tick: Tick, status: Status, outcome: str, actor: str) -> Status:
    """Enter the release into the history, and leave nothing of it for the next one."""
    entry = Finished(status.canary_revision, outcome, status.started, tick.now, status.reason, actor)
    return replace(
        counted_anew(status),
        history=(*status.history, entry)[-_HISTORY:],
        canary_route=status.stable_route,
        observed_weight=None,
        step=0,
        full=False,
        approved_by="",
        skipped_by="",
        exposed_at=0.0,
        exposed_share=0,
        by_service=False,
        base_restarts=0,
        checkpoint=None,
    )


def _blank(tick: Tick, status: Status, reason: str) -> Status:
    """Forget the release before, but not what outlives it."""
    return Status(
        phase=Phase.PREPARING,
        observed_generation=status.observed_generation,
        stable_revision=status.stable_revision,
        previous_revision=status.previous_revision,
        stable_route=status.stable_route,
        canary_route=status.canary_route,
        weight_confirmed=0.0 if status.weight else status.weight_confirmed,
        started=tick.now,
        progress_at=tick.now,
        stalled=status.stalled,
        obeyed=status.obeyed,
        answer=status.answer,
        journal=status.journal,
        history=status.history,
        replicas=status.replicas,
        reason=reason,
    )


def _resumed(tick: Tick, status: Status) -> Status:
    """Go on after a pause: the time it took is not held against the deadline."""
    phase = Phase.PROGRESSING if status.weight else Phase.PREPARING
    waited = max(0.0, tick.now - status.paused_since) if status.paused_since else 0.0
    return replace(status, phase=phase, paused_since=0.0, progress_at=round(status.progress_at + waited, 3))


def _basis(status: Status, by: str) -> Basis:
    row = tightest(status.evidence)
    if row is None:
        return Basis("readiness", actor=by)
    return Basis(row.name, row.detail, by)
