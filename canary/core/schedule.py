"""When to look again: at once after a move, soon while users are involved, seldom at rest."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from canary.core.clocks import resting
from canary.core.intents import current_step

if TYPE_CHECKING:
    from canary.core.model import Status
    from canary.core.tick import Tick

_AT_REST = 30.0
_MOVING = 1.0
_LOOKS_A_SECOND = 40  # at all releases under way: what a look costs is spent by one interpreter
_SELDOM = 5.0  # new samples come about as often
_JUST_MOVED = 0.2
_LEAST = 0.05


def next_look(tick: Tick, before: Status, after: Status) -> float:
    """Seconds until the next look; a moment that is known to matter is met exactly."""
    if resting(after) and after.weight_confirmed:
        return _soonest(tick, (after.rollback_until,), _AT_REST)
    if _moved(before) != _moved(after):
        return _JUST_MOVED
    hold = current_step(tick.spec, after).hold
    moments = (
        after.settled_since + tick.settle,
        after.weight_confirmed + tick.settle,
        after.weight_confirmed + hold,
    )
    return _soonest(tick, moments, _steady(tick.seen.under_way))


def own_moment(key: str, after: float, now: float) -> float:
    """Let a release at rest wait for its own moment of each half minute instead of `after` seconds.

    All are looked at when a controller starts; without this they would come together for ever after, and a
    thousand at once keep those waiting that are under way.
    """
    if after < _AT_REST:
        return after
    phase = zlib.crc32(key.encode()) / 2**32 * _AT_REST
    return _AT_REST - (now - phase) % _AT_REST


def _steady(under_way: int) -> float:
    """Where many releases are under way, all are looked at less often, rather than some too late."""
    return min(_SELDOM, max(_MOVING, under_way / _LOOKS_A_SECOND))


def _moved(status: Status) -> tuple[object, ...]:
    return status.phase, status.weight, status.stable_route, status.canary_route


def _soonest(tick: Tick, moments: tuple[float, ...], otherwise: float) -> float:
    waits = [moment - tick.now for moment in moments if moment > tick.now]
    return max(_LEAST, min([otherwise, *waits]))
