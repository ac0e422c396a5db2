"""What was seen from outside while an act ran, and what can be read out of it. Pure.

Times are seconds since the epoch, weights whole percent, shares between 0 and 1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loadtest.records import Record

SETTLE = 2.0  # seconds that the proxy may need to follow a written weight
LEAST = 20  # edge requests below which a split is no observation


@dataclass(frozen=True, slots=True)
class WeightSeen:
    """The weight that the canary Ingress carries since `time`; 0 while there is no canary Ingress."""

    time: float
    weight: int


@dataclass(frozen=True, slots=True)
class EdgeSeen:
    """Requests that the proxy has sent to either role since the watch began, resets folded in."""

    time: float
    stable: int
    canary: int


@dataclass(frozen=True, slots=True)
class Split:
    """How the proxy divided requests while one weight stood: `canary` of `requests` went to the canary."""

    weight: int
    seconds: float
    requests: int
    canary: int

    @property
    def share(self) -> float:
        """The canary's share of the requests."""
        return self.canary / self.requests if self.requests else 0.0

    @property
    def holds(self) -> bool:
        """Whether the share agrees with the weight: within four standard deviations and two requests."""
        asked = self.weight / 100
        spread = 4 * sqrt(self.requests * asked * (1 - asked)) + 2
        return self.requests >= LEAST and abs(self.canary - self.requests * asked) <= spread


@dataclass(frozen=True, slots=True)
class Window:
    """Everything seen from `started` to `finished`. `weights` begins with the one that stood at the start."""

    started: float
    finished: float
    weights: tuple[WeightSeen, ...]
    edge: tuple[EdgeSeen, ...]
    requests: tuple[Record, ...]

    def between(self, first: float, last: float) -> Window:
        """The part of this window from `first` to `last`."""
        return Window(
            first,
            last,
            _standing(self.weights, first, last),
            tuple(seen for seen in self.edge if first <= seen.time <= last),
            tuple(record for record in self.requests if first <= record.start <= last),
        )

    @property
    def route(self) -> list[int]:
        """The weights in the order in which they stood, the same one never twice in a row."""
        order = [seen.weight for seen in self.weights]
        return order[:1] + [after for before, after in pairwise(order) if after != before]

    @property
    def failed(self) -> tuple[Record, ...]:
        """The requests that a user would call failed."""
        return tuple(record for record in self.requests if record.failed)

    def splits(self) -> list[Split]:
        """What the proxy did under each weight above 0, from when it had time to follow."""
        ends = [seen.time for seen in self.weights[1:]] + [self.finished]
        stood = zip(self.weights, ends, strict=True)
        return [self._split(seen, until) for seen, until in stood if seen.weight > 0]

    def _split(self, seen: WeightSeen, until: float) -> Split:
        inside = [edge for edge in self.edge if seen.time + SETTLE <= edge.time <= until]
        if len(inside) < 2:
            return Split(seen.weight, until - seen.time, 0, 0)
        canary = inside[-1].canary - inside[0].canary
        stable = inside[-1].stable - inside[0].stable
        return Split(seen.weight, until - seen.time, canary + stable, canary)


def by_revision(records: Iterable[Record]) -> dict[str, tuple[int, int]]:
    """Requests and failed requests for each revision that answered; the empty one is no answer at all."""
    total: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for record in records:
        total[record.revision] += 1
        failed[record.revision] += record.failed
    return {revision: (total[revision], failed[revision]) for revision in sorted(total)}


def span(records: Iterable[Record]) -> float:
    """Seconds from the start of the first of these requests to the start of the last; 0 for none."""
    starts = [record.start for record in records]
    return max(starts) - min(starts) if starts else 0.0


def _standing(weights: tuple[WeightSeen, ...], first: float, last: float) -> tuple[WeightSeen, ...]:
    before = [seen for seen in weights if seen.time <= first]
    inside = tuple(seen for seen in weights if first < seen.time <= last)
    standing = replace(before[-1], time=first) if before else WeightSeen(first, 0)
    return (standing, *inside)
