"""Argo Rollouts: steps by the clock, beside them an analysis that aborts on too many bad measurements.

`argo_docs` is the documented example: 20/40/60/80 % for ten minutes each, every five minutes a
success rate of at least 95 % on the last two samples, failureLimit 3. `argo_strict` is the tightest
that is still usual: 10/25/50 %, two minutes each, every minute at least 99 % and a p99 of at most
500 ms, failureLimit 0.

Without requests the queries give NaN, which fails a success condition. Without series or without
the store they give an error: asked again after ten seconds, and the fifth in a row aborts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.decisions.play import Move
from benchmarks.decisions.rivals.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.decisions.world import Tick

_RETRY = 10.0  # seconds
_ERRORS_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class _Setting:
    weights: tuple[int, ...]
    pause: float
    interval: float
    failure_limit: int
    ticks: int
    success: float
    p99: bool


class _Argo:
    every = 1

    def __init__(self, setting: _Setting) -> None:
        self._setting = setting
        self._window = Window(setting.ticks)
        self._next = setting.interval
        self._failures = self._errors = 0
        self.first = setting.weights[0]

    def observe(self, tick: Tick) -> Move:
        self._window.add(tick)
        while self._next <= tick.end:
            self._measure(tick)
            if self._errors >= _ERRORS_IN_A_ROW:
                return Move(0, "no data")
            if self._failures > self._setting.failure_limit:
                return Move(0, "metrics" if self._window.requests else "no data")
        paused = int(tick.end // self._setting.pause)
        return Move((*self._setting.weights, 100)[paused])

    def _measure(self, tick: Tick) -> None:
        if not tick.reachable or self._window.empty:
            self._errors += 1
            self._next += _RETRY
            return
        self._errors = 0
        self._failures += not self._successful()
        self._next += self._setting.interval

    def _successful(self) -> bool:
        if not self._window.requests:
            return False
        fast = not self._setting.p99 or self._window.p99_within_half_a_second
        return fast and self._window.success >= self._setting.success


def argo_docs(_: Sequence[Tick]) -> _Argo:
    """The documented example."""
    return _Argo(_Setting((20, 40, 60, 80), 600, 300, 3, 1, 0.95, p99=False))


def argo_strict(_: Sequence[Tick]) -> _Argo:
    """As quick and as strict as people set it."""
    return _Argo(_Setting((10, 25, 50), 120, 60, 0, 4, 0.99, p99=True))
