"""Flagger as documented: a check a minute, five failed ones are too many, ten points more on each success.

Every minute at least 99 % success and a p99 of at most 500 ms over that minute; stepWeight 10,
maxWeight 50, threshold 5. Failed checks add up and are never forgiven; no data and a failed query
are failed checks. The threshold is looked at before the metrics, so the way back begins one
interval after the last failure. At maxWeight a good check copies the canary to the primary, which
takes over at the next interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.decisions.play import Move
from benchmarks.decisions.rivals.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.decisions.world import Tick

_INTERVAL = 60.0
_THRESHOLD = 5
_STEP, _MAX_WEIGHT = 10, 50
_SUCCESS = 0.99


class _Flagger:
    first, every = _STEP, 1

    def __init__(self) -> None:
        self._window = Window(4)
        self._weight = self.first
        self._failed = self._without_data = 0
        self._promoting = False

    def observe(self, tick: Tick) -> Move:
        self._window.add(tick)
        if tick.end % _INTERVAL:
            return Move(self._weight)
        if self._promoting:
            return Move(100)
        if self._failed >= _THRESHOLD:
            return Move(0, "no data" if 2 * self._without_data > self._failed else "metrics")
        self._check(tick)
        return Move(self._weight)

    def _check(self, tick: Tick) -> None:
        if not tick.reachable or not self._window.requests:
            self._without_data += 1
            self._failed += 1
        elif self._window.success < _SUCCESS or not self._window.p99_within_half_a_second:
            self._failed += 1
        elif self._weight < _MAX_WEIGHT:
            self._weight += _STEP
        else:
            self._promoting = True


def flagger_docs(_: Sequence[Tick]) -> _Flagger:
    """The documented example."""
    return _Flagger()
