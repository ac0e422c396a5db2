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

from canary.adapters.queries import START

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Start times come from another clock than sample times.
CLOCKS_APART = 5.0
# A process that started so long before is no new one: its target only had not been scraped for a while.
OUT_OF_SIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Series:
    """One time series: labels, and values by time; at `unusable` times stood something that is no count."""

    labels: Mapping[str, str]
    points: Mapping[float, float]
    unusable: frozenset[float] = frozenset()

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
    """What is known of one scrape target: when it was scraped and when its process started.

    `lives` are the starts as each scrape told them; a proxy's are asked for, and known by its own clock.
    """

    scrapes: tuple[float, ...]
    starts: frozenset[float]
    lives: Mapping[float, float]
    is_new: bool

    def restarted(self, begin: float, end: float) -> bool:
        """Whether another process was scraped at `end` than at `begin`."""
        before, after = self.lives.get(begin), self.lives.get(end)
        return before is not None and after is not None and before != after

    def may_have_restarted(self, begin: float, end: float) -> bool:
        """The same where no scrape tells it, as exactly as two clocks agree."""
        near = any(begin - CLOCKS_APART < start <= end + CLOCKS_APART for start in self.starts)
        return near and not self.lives


def count(answer: Iterable[Mapping[str, Any]]) -> int:
    """Samples in the result of a query, whether it has one of each series or many."""
    return sum(len(each["values"]) if "values" in each else 1 for each in answer)


def parse(result: Iterable[Mapping[str, Any]]) -> list[Series]:
    """The series of a matrix answer, each once.

    Raises KeyError, TypeError or ValueError when the answer is not a matrix.
    """
    found: dict[frozenset[tuple[str, str]], dict[float, float]] = {}
    for each in result:
        samples = {float(time): float(value) for time, value in each["values"]}
        found.setdefault(frozenset(each["metric"].items()), {}).update(samples)
    return [_series(dict(labels), samples) for labels, samples in found.items()]


def nonsense(series: Iterable[Series]) -> str:
    """The name of a metric whose newest sample is no count; empty when there is none."""
    ends = (
        each.labels.get("__name__", "a metric")
        for each in series
        if max(each.unusable, default=-math.inf) > max(each.points, default=-math.inf)
    )
    return next(ends, "")


def targets(
    series: Sequence[Series], asked: Mapping[str, Iterable[float]], since: float
) -> dict[str, Target]:
    """Scrape targets by instance; `asked` are the starts of those whose scrapes do not tell them.

    A target is new when others were scraped before `since` but it was not: then its counters
    began at 0. When nobody was scraped before, the store itself has a gap and nobody can say; and
    a process that is known to be older was only out of sight for a while.
    """
    times = _scrapes(series)
    witnessed = any(min(seen, default=math.inf) <= since for seen in times.values())
    lives: dict[str, dict[float, float]] = {}
    for each in series:
        if each.labels["__name__"] == START:
            lives.setdefault(each.instance, {}).update(each.points)
    found = {}
    for instance, seen in times.items():
        told = lives.get(instance, {})
        starts = frozenset((*told.values(), *asked.get(instance, ())))
        late = bool(seen) and min(seen) > since
        young = late and all(start > min(seen) - OUT_OF_SIGHT for start in starts)
        found[instance] = Target(tuple(sorted(seen)), starts, told, is_new=witnessed and young)
    return found


def increases(counter: Series, target: Target) -> list[Increase]:
    """What the counter gained between each two scrapes of its target.

    A series that was absent from the scrape before was born from 0. A value below the level
    reached is a new life or a stray sample, which is passed over and does not lower the level. What
    only the next scrape can tell counts there, so that it makes no difference who looked before it.
    """
    gained: list[Increase] = []
    # Where something stood that is no count, the next scrape tells.
    scrapes = [time for time in target.scrapes if time not in counter.unusable]
    if not scrapes:
        return gained
    level = counter.points.get(scrapes[0])
    if target.is_new and level is not None:
        gained.append(Increase(-math.inf, scrapes[0], int(level)))
    for begin, end in pairwise(scrapes):
        value = counter.points.get(end)
        if value is None:
            level = None
            continue
        level = 0.0 if level is None or target.restarted(begin, end) else level
        known = end if value >= level else _known_anew(counter, target, (begin, end), level)
        if known is not None:
            gained.append(Increase(begin, known, int(value) - int(level if value >= level else 0.0)))
            level = value
    return [each for each in gained if each.amount]


def doubtful(series: Sequence[Series], since: float) -> set[str]:
    """Instances of which must be asked when they started: a counter fell, or they were not there before."""
    found = {instance for instance, seen in _scrapes(series).items() if min(seen, default=since) > since}
    for each in series:
        values = [each.points[time] for time in sorted(each.points)]
        if any(later < earlier for earlier, later in pairwise(values)):
            found.add(each.instance)
    return found


def _scrapes(series: Iterable[Series]) -> dict[str, set[float]]:
    """When each instance was scraped."""
    times: dict[str, set[float]] = {}
    for each in series:
        times.setdefault(each.instance, set()).update(each.points)
    return times


def _known_anew(counter: Series, target: Target, interval: tuple[float, float], level: float) -> float | None:
    """When it was known that a counter which fell within the interval began again from 0; None if it did not.

    Either a proxy restarted, or the counter lost more than half and stayed below: a proxy forgets the
    counters of a service without endpoints. A lagging replica of the store loses little.
    """
    value = counter.points[interval[1]]
    if target.may_have_restarted(*interval):
        return interval[1]
    place = bisect_right(target.scrapes, interval[1])
    following = counter.points.get(target.scrapes[place]) if place < len(target.scrapes) else None
    if following is None or 2 * value > level or not value <= following < level:
        return None
    return target.scrapes[place]


def _series(labels: Mapping[str, str], samples: Mapping[float, float]) -> Series:
    points = {time: value for time, value in samples.items() if math.isfinite(value) and value >= 0}
    return Series(labels, points, frozenset(samples.keys() - points.keys()))
