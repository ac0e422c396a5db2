"""The last ticks as one: what a query over a range returns when nothing is lost."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from benchmarks.decisions.world import EDGES, Side

if TYPE_CHECKING:
    from benchmarks.decisions.world import Tick

_HALF_A_SECOND = EDGES.index(0.5)


class Window:
    """The canary's counts of the last `ticks` scrapes."""

    def __init__(self, ticks: int) -> None:
        self._sides: deque[Side] = deque(maxlen=ticks)

    def add(self, tick: Tick) -> None:
        """Take in what the store shows; a series that is gone leaves nothing behind."""
        if tick.canary is not None:
            self._sides.append(tick.canary)
        elif tick.reachable:
            self._sides.clear()

    @property
    def empty(self) -> bool:
        """Tell whether the store has no series at all."""
        return not self._sides

    @property
    def requests(self) -> int:
        """All answers."""
        return sum(side.requests for side in self._sides)

    @property
    def success(self) -> float:
        """The share of good answers; there must be some requests."""
        return 1 - sum(side.errors for side in self._sides) / self.requests

    @property
    def p99_within_half_a_second(self) -> bool:
        """Tell whether 99 % of the answers took at most 500 ms."""
        return sum(side.over[_HALF_A_SECOND] for side in self._sides) <= 0.01 * self.requests
