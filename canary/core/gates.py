"""What a release waits for before each move: the first thing that is missing, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core import split
from canary.core.intents import current_step, pods_for, pods_for_next
from canary.core.model import Pair, Verdict, View
from canary.core.rules import worst
from canary.core.tick import STALE
from canary.core.units import clock

if TYPE_CHECKING:
    from canary.core.model import Status
    from canary.core.tick import Tick

_PATIENCE_UNSEEN = 30.0  # a proxy that lost the API server tries to reach it again about as often
_A_MOMENT = 10.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a release does not move; `paused` when it waits for somebody outside."""

    reason: str
    paused: bool = False


def before_first_revision(tick: Tick, status: Status) -> Wait | None:
    """Nothing serves yet: all pods, the Service and the route must be there."""
    return (
        _stalled(status)
        or _pods_ready(tick, status.stable_revision, tick.spec.replicas)
        or _settled(tick, status, "the stable Service")
        or _confirmed(tick, status)
    )


def before_first_share(tick: Tick, status: Status) -> Wait | None:
    """No user may meet a pod that is not ready, nor an old pod under the new one's name."""
    return (
        _stalled(status)
        or _held(status)
        or _blind(tick, status)
        or _confirmed(tick, status)
        or _pods_ready(tick, status.canary_revision, pods_for(tick.spec, tick.spec.steps[0].weight))
        or _settled(tick, status, "the canary Service")
        or _swept(tick, status)
    )


def before_flip_back(tick: Tick, status: Status) -> Wait | None:
    """An ordered rollback skips the steps, never readiness."""
    return (
        _stalled(status)
        or _held(status)
        or _confirmed(tick, status)
        or _pods_ready(tick, status.canary_revision, tick.spec.replicas)
    )


def before_next_step(tick: Tick, status: Status) -> Wait | None:
    """Leave a step on evidence, or because somebody ordered it; nobody can order readiness."""
    return (
        _stalled(status)
        or _blind(tick, status)
        or _held(status)
        or _confirmed(tick, status)
        or _split_right(status)
        or _unless_skipped(tick, status)
        or _pods_ready(tick, status.canary_revision, pods_for_next(tick.spec, status))
        or _approved(tick, status)
    )


def before_flip(tick: Tick, status: Status) -> Wait | None:
    """The canary route must be seen to carry everybody before the stable Service lets go."""
    return (
        _stalled(status)
        or _blind(tick, status)
        or _confirmed(tick, status)
        or _split_right(status)
        or _time_held(tick, status)
        or (None if status.skipped_by or status.idle_since else _split_known(tick, status))
    )


def before_unweight(tick: Tick, status: Status) -> Wait | None:
    """The stable Service must lead to the new pods, and the proxy know it, before users return to it."""
    return _settled(tick, status, "the stable Service")


def before_promoted(tick: Tick, status: Status) -> Wait | None:
    """The old revision must have fallen silent; without metrics that is believed after a short while."""
    if wait := _followed(tick, status):
        return wait
    if tick.reading is None:
        patience = tick.lasted(status.weight_confirmed, _PATIENCE_UNSEEN)
        return (
            None if patience else Wait("Waits for the metrics store to say that the old revision is silent")
        )
    if _silent(tick, status) or tick.lasted(status.progress_at, tick.spec.progress_deadline):
        return None
    return Wait(f"Waits until revision {status.stable_revision} gets no more requests")


def before_rest(tick: Tick, status: Status) -> Wait | None:
    """All users must be back on stable, and the proxy seen to have let go of the canary's pods."""
    return (
        _confirmed(tick, status)
        or _followed(tick, status)
        or _settled(tick, status, "the stable Service")
        or _let_go(tick, status)
    )


def _stalled(status: Status) -> Wait | None:
    return Wait(f"Stalled: {status.stalled}") if status.stalled else None


def _held(status: Status) -> Wait | None:
    return Wait(f"Paused by {status.held_by}", paused=True) if status.held_by else None


def _blind(tick: Tick, status: Status) -> Wait | None:
    if tick.reading is not None:
        return None
    if not tick.lasted(status.blind_since, _A_MOMENT):
        return Wait("Waits for an answer of the metrics store")
    cause = "gives no answer" if tick.seen.reading is None else f"has no sample of the last {STALE:.0f} s"
    return Wait(f"Blind since {clock(status.blind_since)}: the metrics store {cause}", paused=True)


def _confirmed(tick: Tick, status: Status) -> Wait | None:
    if status.weight_confirmed:
        return None
    pending = tick.seen.route.pending
    why = f": {pending}" if pending else ""
    return Wait(f"Waits until the route carries {status.weight} %{why}")


def _pods_ready(tick: Tick, revision: str, needed: int) -> Wait | None:
    pods = tick.pods(revision)
    if pods.ready >= needed:
        return None
    problem = f": {pods.problem}" if pods.problem else ""
    return Wait(f"Revision {revision} has {pods.ready} of {needed} pods ready{problem}")


def _settled(tick: Tick, status: Status, service: str) -> Wait | None:
    if tick.followed(status.settled_since):
        return None
    return Wait(f"Waits until {service} leads to the right pods and the proxy has followed")


def _followed(tick: Tick, status: Status) -> Wait | None:
    if tick.followed(status.weight_confirmed):
        return None
    return Wait(f"Waits until the proxy has followed the weight of {status.weight} %")


def _let_go(tick: Tick, status: Status) -> Wait | None:
    """Nobody must be led to the canary any more: its pods may go next, and its Service lead elsewhere.

    Having had time to follow is not enough: a proxy that is cut off from the API server goes on with what it
    knows: `exposed_share` at least. Where nobody can tell, or too few ask to show it, that is believed after
    a while; not where it was seen to go on.
    """
    if not status.exposed_share or tick.lasted(status.progress_at, tick.spec.progress_deadline):
        return None
    reading = tick.reading
    if reading is not None and split.emptied(reading, status.exposed_share):
        return None
    unseen = max(status.weight_confirmed, status.settled_since, status.blind_since)
    strayed = reading is not None and split.strayed(reading)
    if not strayed and tick.lasted(unseen, _PATIENCE_UNSEEN):
        return None
    return Wait(f"Waits until the proxy sends nobody to revision {status.canary_revision}")


def _swept(tick: Tick, status: Status) -> Wait | None:
    """Counting starts at the last sample before the first user: an earlier canary must not be in it."""
    reading = tick.reading
    if reading is None or not reading.latest or reading.latest >= status.weight_confirmed + tick.settle:
        return None
    return Wait("Waits for a sample that ends the count of the release before")


def _split_right(status: Status) -> Wait | None:
    if not status.split_off_since:
        return None
    seen = "none" if status.observed_weight is None else f"{status.observed_weight:g} %"
    return Wait(
        f"The proxy sends the canary {seen} of the requests instead of {status.weight} % "
        f"since {clock(status.split_off_since)}"
    )


def _unless_skipped(tick: Tick, status: Status) -> Wait | None:
    if status.skipped_by:
        return None
    return _in_use(tick, status) or _split_known(tick, status) or _time_held(tick, status) or _proved(status)


def _time_held(tick: Tick, status: Status) -> Wait | None:
    until = status.weight_confirmed + current_step(tick.spec, status).hold
    if status.skipped_by or tick.now >= until:
        return None
    return Wait(f"Holds {status.weight} % until {clock(until)}")


def _in_use(tick: Tick, status: Status) -> Wait | None:
    if not status.idle_since:
        return None
    idle = f"Idle: no user request reaches the canary since {clock(status.idle_since)}"
    missing = split.missing(tick, status)
    return Wait(f"{idle}; needs {missing}" if missing else idle)


def _split_known(tick: Tick, status: Status) -> Wait | None:
    missing = split.missing(tick, status)
    return Wait(f"Waits for {missing}") if missing else None


def _proved(status: Status) -> Wait | None:
    row = worst(status.evidence)
    if row is None:
        return Wait("Waits for the first evidence")
    if row.verdict is Verdict.PASS:
        return None
    return Wait(f"{row.verdict.name} {row.name}: {row.detail}")


def _approved(tick: Tick, status: Status) -> Wait | None:
    if status.approved_by or status.skipped_by or not current_step(tick.spec, status).approval:
        return None
    return Wait(f"Waits for approval at {status.weight} %: canary promote {tick.spec.name}", paused=True)


def _silent(tick: Tick, status: Status) -> bool:
    """No answer of the old revision since the route ended, by samples taken after that."""
    reading = tick.reading
    if reading is None or reading.latest < status.weight_confirmed + tick.settle:
        return False
    windows = (reading.step, reading.recent)
    return any(window.get(View.APPLICATION, Pair()).stable.requests <= 0 for window in windows)
