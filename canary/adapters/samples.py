"""Whole requests out of raw counter samples.

`rate()` and `increase()` extrapolate and lose the first 0 -> 1 of a new series: exactly the first
failure of a new pod. So the samples come raw, and every interval between two scrapes of a target is
counted as an integer, or left out where nobody can say what happened in it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Start times come from another clock than sample times.
CLOCKS_APART = 5.0
# A process that started so long before is no new one: its target only had not been scraped for a while.
OUT_OF_SIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Series:
    """One time series: labels, and values by time."""

    labels: Mapping[str, str]
    points: Mapping[float, float]

    @property
    def instance(self) -> str:
        return self.labels.get("instance", "")


@dataclass(frozen=True, slots=True)
class Increase:
    """What a counter gained after `begin`, up to `end`."""

    begin: float
    end: float
    amount: int


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of one scrape target: when it was scraped and when its process started."""

    scrapes: tuple[float, ...]
    starts: frozenset[float]
    is_new: bool

    def restarted(self, begin: float, end: float) -> bool:
        return any(begin - CLOCKS_APART < start <= end + CLOCKS_APART for start in self.starts)


def parse(result: Iterable[Mapping[str, Any]]) -> list[Series]:
    """The series of a matrix answer; samples that are no count are dropped.

    Raises KeyError, TypeError or ValueError when the answer is not a matrix.
    """
    return [
        Series(dict(each["metric"]), {float(t): float(v) for t, v in each["values"] if _usable(float(v))})
        for each in result
    ]


def targets(
    series: Iterable[Series], starts: Mapping[str, Iterable[float]], since: float
) -> dict[str, Target]:
    """Scrape targets by instance.

    A target is new when others were scraped before `since` but it was not: then its counters
    began at 0. When nobody was scraped before, the store itself has a gap and nobody can say; and
    a process that is known to be older was only out of sight for a while.
    """
    times: dict[str, set[float]] = {}
    for each in series:
        times.setdefault(each.instance, set()).update(each.points)
    witnessed = any(min(seen, default=math.inf) <= since for seen in times.values())
    return {
        instance: Target(
            scrapes=tuple(sorted(seen)),
            starts=frozenset(starts.get(instance, ())),
            is_new=witnessed and min(seen, default=0.0) > since and _young(starts.get(instance, ()), since),
        )
        for instance, seen in times.items()
    }


def _young(starts: Iterable[float], since: float) -> bool:
    return all(start > since - OUT_OF_SIGHT for start in starts)


def increases(counter: Series, target: Target) -> list[Increase]:
    """What the counter gained between each two scrapes of its target.

    A series that was absent from the scrape before was born from 0. A value below the level
    reached is a new life or a stray sample, which is passed over and does not lower the level.
    """
    gained = []
    first = target.scrapes[0]
    level = counter.points.get(first)
    if target.is_new and level is not None:
        gained.append(Increase(-math.inf, first, int(level)))
    for begin, end in pairwise(target.scrapes):
        value = counter.points.get(end)
        if value is None:
            level = None
            continue
        base = 0.0 if level is None or _anew(counter, target, (begin, end), level) else level
        if value >= base:
            gained.append(Increase(begin, end, int(value) - int(base)))
            level = value
    return [each for each in gained if each.amount]


def drops(series: Iterable[Series]) -> set[str]:
    """Instances with a counter that fell: whether they restarted must be asked."""
    fallen = set()
    for each in series:
        values = [each.points[time] for time in sorted(each.points)]
        if any(later < earlier for earlier, later in pairwise(values)):
            fallen.add(each.instance)
    return fallen


def _anew(counter: Series, target: Target, interval: tuple[float, float], level: float) -> bool:
    """Whether the counter began again from 0 within the interval.

    Either the process restarted, or the counter lost more than half and stayed below: a proxy
    forgets the counters of a service without endpoints. A lagging replica of the store loses little.
    """
    value = counter.points[interval[1]]
    if value >= level:
        return False
    if target.restarted(*interval):
        return True
    later = target.scrapes[bisect_right(target.scrapes, interval[1]) :]
    following = counter.points.get(later[0]) if later else None
    return following is not None and 2 * value <= level and value <= following < level


def _usable(value: float) -> bool:
    return math.isfinite(value) and value >= 0
