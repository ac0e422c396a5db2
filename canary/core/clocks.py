"""What one look adds to the status, before anything is decided: what was seen, and since when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.core import losses, split
from canary.core.intents import pods_for
from canary.core.journal import put_back
from canary.core.model import Pair, Phase, View
from canary.core.rules import look, weigh
from canary.core.units import sentence
from canary.core.windows import LATELY, in_force

if TYPE_CHECKING:
    from canary.core.model import Look, Reading, Status
    from canary.core.tick import Tick

_AT_REST = (Phase.HEALTHY, Phase.ROLLED_BACK)
_SINCE = (
    "weight_confirmed",
    "progress_at",
    "settled_since",
    "exposed_at",
    "paused_since",
    "blind_since",
    "idle_since",
    "split_off_since",
    "unready_since",
)


def observe(tick: Tick, status: Status) -> Status:
    """Take in one look; weights, routes and phases stay as they are."""
    dated = losses.told(tick, _dated(status, tick.now))
    seen = _settled(tick, _route(tick, _facts(tick, dated)))
    if resting(seen) or not seen.canary_revision:
        return replace(seen, observed_weight=None, blind_since=0.0)
    blind = (seen.blind_since or tick.now) if tick.reading is None else 0.0
    seen = replace(seen, blind_since=blind)
    if seen.phase is Phase.ROLLING_BACK:  # nothing is judged any more
        return _still_led(tick, replace(seen, observed_weight=None), status)
    return _split(tick, _traffic(tick, _pods(tick, seen), status), status)


def recorded(tick: Tick, before: Status, after: Status) -> Look | None:
    """What `observe` took in and that must be kept with the checkpoint; None when it kept nothing."""
    if tick.reading is None or after.checkpoint is before.checkpoint:
        return None
    return _look(tick, before, after, tick.reading)


def resting(status: Status) -> bool:
    """Tell whether nothing moves."""
    return status.phase in _AT_REST


def _dated(status: Status, now: float) -> Status:
    """Nothing began later than now: what says so was written by a clock that has been put back since.

    Left as it is, a hold, a deadline or the wait for a proxy would last until that clock's time is reached.
    """
    later: dict[str, Any] = {name: now for name in _SINCE if getattr(status, name) > now}
    return replace(status, **later) if later else status


def _facts(tick: Tick, status: Status) -> Status:
    """Follow the spec and the cluster; a template that changed is no longer the rejected one."""
    serving = status.canary_revision if status.weight == 100 else status.stable_route
    rejected = status.rejected_revision
    return replace(
        status,
        observed_generation=tick.spec.generation,
        replicas=tick.pods(serving).replicas,
        stalled=sentence(tick.seen.problem or tick.seen.route.problem),
        rejected_revision=rejected if rejected == tick.spec.revision else "",
        rollback_until=status.rollback_until if status.rollback_until > tick.now else 0.0,
    )


def _route(tick: Tick, status: Status) -> Status:
    """Confirm the weight; one that is not ours is put back, and the step is counted anew."""
    route = tick.seen.route
    found = route.weight or 0
    if found == status.weight and not route.pending:
        return replace(status, weight_confirmed=status.weight_confirmed or tick.now)
    status = replace(status, weight_confirmed=0.0)
    strange = route.foreign and found != status.weight
    return put_back(status, tick.now, found, route.foreign) if strange else status


def _settled(tick: Tick, status: Status) -> Status:
    since = (status.settled_since or tick.now) if _in_place(tick, status) else 0.0
    return replace(status, settled_since=since)


def _in_place(tick: Tick, status: Status) -> bool:
    """Tell whether the pods and Services are there that the present phase leans on."""
    stable, canary, revision = tick.seen.stable, tick.seen.canary, status.canary_revision
    if status.phase is Phase.ROLLING_BACK or not revision:
        return stable.settled and stable.revision == status.stable_revision
    if status.stable_route == revision:
        return stable.settled and stable.revision == revision
    if status.weight == 0:
        return canary.settled and canary.revision == revision
    return tick.serves(stable, status.stable_revision) and tick.serves(canary, revision)


def _pods(tick: Tick, status: Status) -> Status:
    pods = tick.pods(status.canary_revision)
    lacking = status.weight > 0 and pods.ready < pods_for(tick.spec, status.weight)
    return replace(
        status,
        unready_since=(status.unready_since or tick.now) if lacking else 0.0,
        base_restarts=min(status.base_restarts, pods.restarts),
    )


def _traffic(tick: Tick, status: Status, before: Status) -> Status:
    """Judge the reading, whose windows began with what was known `before` this look."""
    reading = tick.reading
    if reading is None:
        return replace(status, idle_since=0.0)
    status = weigh(tick.spec, status, _look(tick, before, status, reading))
    return replace(status, idle_since=(status.idle_since or tick.now) if _idle(status, reading) else 0.0)


def _split(tick: Tick, status: Status, before: Status) -> Status:
    """Hold the share seen in traffic against the asked one, once that is known to be in force."""
    reading = tick.reading
    if reading is None:
        return replace(status, split_off_since=0.0)
    if not (in_force(before) and in_force(status)):
        return replace(status, observed_weight=None, split_off_since=0.0)
    off = split.off(reading.split, status.weight) and not split.obeyed(reading.lately, status.weight)
    return _told(tick, status, reading.split, off=off)


def _still_led(tick: Tick, status: Status, before: Status) -> Status:
    """See who still gets to the canary on the way back, by the last half minute.

    That is the proxy's fault only where all of it lies after the way back: slow answers began before.
    """
    reading, since = tick.reading, max(status.weight_confirmed, status.settled_since)
    if reading is None or not (in_force(before) and in_force(status)):
        return replace(status, split_off_since=0.0)
    off = tick.lasted(since, tick.settle + LATELY) and split.off(reading.lately, status.weight)
    return _told(tick, status, reading.lately, off=off)


def _told(tick: Tick, status: Status, seen: Pair, *, off: bool) -> Status:
    since = (status.split_off_since or tick.now) if off else 0.0
    return replace(status, observed_weight=split.observed(seen), split_off_since=since)


def _look(tick: Tick, before: Status, status: Status, reading: Reading) -> Look:
    confirmed = before.weight_confirmed > 0 and status.weight_confirmed > 0
    return look(
        tick.spec, replace(status, checkpoint=before.checkpoint), reading, tick.now, confirmed=confirmed
    )


def _idle(status: Status, reading: Reading) -> bool:
    return status.weight > 0 and reading.recent.get(View.EDGE, Pair()).canary.requests <= 0
