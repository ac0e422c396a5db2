"""The users of one release and what both versions answer them, drawn when somebody looks.

Users are drawn by spans of time (`_SPANS`) and parts of all users (`_PARTS`), each with a seed of its own:
what nobody looks at costs nothing, and whoever looks at it sees the same, in whatever order. Each user
asks about one branch, and each branch is asked about equally often: independent Poisson numbers.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import pairwise
from math import erf, log, pi, sqrt
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from benchmarks.decisions.forecasts import BRANCHES
from benchmarks.decisions.world import (
    BASELINE,
    CRASHES,
    CUTS,
    DAY,
    EDGES,
    GOOD_MODEL,
    HISTORY,
    HORIZON,
    INCIDENT,
    LATE,
    LATE_CUTS,
    MEDIAN,
    P99,
    SCRAPE,
    STABLE_RESTARTS,
    TROUBLE,
    Side,
    Tick,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.decisions.forecasts import Model
    from benchmarks.decisions.world import Cell

# Numbers of ticks, history included. Most releases end within six minutes, and three spans end with LATE.
_SPANS = tuple(range(*ends) for ends in pairwise((0, 32, 80, 184, 320, 456, 592, HISTORY + HORIZON)))
_GRAIN = 8  # every span is so many ticks long, or a multiple
_SPAN_OF = tuple(number for number, span in enumerate(_SPANS) for _ in span)
_PARTS = tuple(
    tuple(cut for cut in CUTS if low <= cut <= high)
    for low, high in ((0, BASELINE[0]), BASELINE, (BASELINE[1], 100))
)
_LATE_PARTS = tuple(tuple(cut for cut in part if cut in LATE_CUTS) for part in _PARTS)
_EVERYBODY = len(_PARTS)  # what befalls all users of a span has a seed as if it were one more part
_SIGMA = log(P99 / MEDIAN) / 2.3263478740408408  # the 99 % quantile of the normal distribution
_CANARY, _STABLE = 0, 1


class Traffic:
    """The users of one repetition of a cell. The same arguments give the same users, everywhere."""

    def __init__(self, cell: Cell, repetition: int) -> None:
        self._cell = cell
        self._seeds = (crc32(cell.name.encode()), repetition)
        rng = np.random.default_rng(self._seeds)
        self._phase = rng.random()
        early = rng.permutation(20)[: STABLE_RESTARTS + 1].tolist() if cell.scenario.restarts else []
        self._lost = {_CANARY: frozenset(early[:1]), _STABLE: frozenset(early[1:])}
        self._users: dict[tuple[int, int], NDArray[np.int64]] = {}
        self._answers: dict[tuple[int, int, int], NDArray[np.int64]] = {}
        self._sides: dict[tuple[int, int, int, int, int], list[Side]] = {}

    def history(self) -> tuple[Tick, ...]:
        """The ticks of stable alone before the release."""
        return tuple(self.tick(number, number, 0) for number in range(-HISTORY, 0))

    def tick(self, first: int, last: int, weight: int) -> Tick:
        """What the store shows after tick `last` to one who saw nothing since tick `first` began."""
        end = SCRAPE * (last + 1)
        reachable = not self._blind(end)
        canary = None
        if reachable and weight and not self._cell.scenario.crashes:
            canary = self._scraped(_CANARY, first, last, 0, weight)
        of_stable = partial(self._scraped, _STABLE, first, last)
        return Tick(SCRAPE * first, end, reachable, weight, canary, of_stable, self._restarts(end))

    def failed(self, first: int, last: int, weight: int) -> int:
        """Users that got a bad answer of the canary, whether anybody counted it or not."""
        return self._side(_CANARY, range(first, last + 1), 0, weight).errors

    def _scraped(self, role: int, first: int, last: int, low: int, high: int) -> Side:
        """What the store knows of users between two shares; a pod that restarts takes its counts with it."""
        ticks, lost = range(first, last + 1), self._lost[role]
        if low >= high:
            return self._nothing(role)
        if lost.isdisjoint(ticks):
            return self._side(role, ticks, low, high)
        kept = [self._side(role, range(each, each + 1), low, high) for each in ticks if each not in lost]
        return _together([self._nothing(role), *kept])

    def _nothing(self, role: int) -> Side:
        return Side(0, 0, (0,) * len(EDGES), (0,) * len(BRANCHES), self._model(role))

    def _model(self, role: int) -> Model:
        return self._cell.scenario.model if role == _CANARY else GOOD_MODEL

    def _side(self, role: int, ticks: range, low: int, high: int) -> Side:
        """What users between two shares get in some ticks: looked up where somebody asks for them in turn."""
        place, width = ticks.start + HISTORY, len(ticks)
        if _GRAIN % width or place % width:
            return _together([self._side(role, range(each, each + 1), low, high) for each in ticks])
        span = _SPAN_OF[place]
        sides = self._sides.get((span, role, low, high, width))
        if sides is None:
            sides = self._sides[span, role, low, high, width] = self._counted(span, role, low, high, width)
        return sides[(place - _SPANS[span].start) // width]

    def _counted(self, span: int, role: int, low: int, high: int, width: int) -> list[Side]:
        """What users between two shares get in each so many ticks of a span."""
        users, answers = [], []
        for part, cuts in enumerate(_parts(span)):
            if cuts[0] < high and low < cuts[-1]:
                groups = slice(cuts.index(max(low, cuts[0])), cuts.index(min(high, cuts[-1])))
                users.append(_added(self._draw_users(span, part)[:, groups], width))
                answers.append(_added(self._draw_answers(span, part, role)[:, groups], width))
        asked, counts, model = np.sum(users, axis=0), np.sum(answers, axis=0), self._model(role)
        rows = zip(asked.sum(axis=1).tolist(), asked.tolist(), counts.tolist(), strict=True)
        return [
            Side(requests, errors, tuple(over), tuple(branches), model)
            for requests, branches, (errors, *over) in rows
        ]

    def _draw_users(self, span: int, part: int) -> NDArray[np.int64]:
        """Users by the branch they ask about, [tick, group, branch]."""
        found = self._users.get((span, part))
        if found is None:
            rng = np.random.default_rng((*self._seeds, span, part))
            day, cuts = self._day(_middles(span)), _parts(span)[part]
            expected = self._cell.rate * self._cell.scenario.load * SCRAPE * day / len(BRANCHES)
            groups = expected[:, None, None] * np.diff(cuts)[:, None] / 100
            found = rng.poisson(np.repeat(groups, len(BRANCHES), axis=2))
            self._users[span, part] = found
        return found

    def _draw_answers(self, span: int, part: int, role: int) -> NDArray[np.int64]:
        """What one version answers these users, [tick, group, (errors, *over)]."""
        found = self._answers.get((span, part, role))
        if found is None:
            users = self._draw_users(span, part).sum(axis=2)
            rng = np.random.default_rng((*self._seeds, span, part, role))
            errors = rng.binomial(users, self._error_shares(span, role)[:, None])
            buckets = rng.multinomial(
                users, _speeds(self._cell.scenario.slowdown if role == _CANARY else 1.0)
            )
            over = buckets[..., ::-1].cumsum(axis=-1)[..., -2::-1]
            found = np.concatenate((errors[..., None], over), axis=-1)
            self._answers[span, part, role] = found
        return found

    def _error_shares(self, span: int, role: int) -> NDArray[np.float64]:
        """One version's share of bad answers in each tick."""
        scenario, middles = self._cell.scenario, _middles(span)
        shares = self._cell.base * self._day(middles)
        shares += scenario.shared * ((middles > TROUBLE) & (middles < TROUBLE + INCIDENT))
        if scenario.noise:
            rng = np.random.default_rng((*self._seeds, span, _EVERYBODY, role))
            shares *= rng.gamma(scenario.noise**-2, scenario.noise**2, size=shares.shape)
        if role == _CANARY:
            grown = np.clip((middles - scenario.onset) / scenario.ramp, 0, 1) if scenario.ramp else 1.0
            shares += scenario.added * grown * (middles > scenario.onset)
        return np.minimum(shares, 1.0)

    def _day(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        waves: NDArray[np.float64] = np.sin(2 * pi * (times / DAY + self._phase))
        return np.exp(log(self._cell.scenario.swing) / 2 * waves)

    def _blind(self, time: float) -> bool:
        return TROUBLE <= time < TROUBLE + self._cell.scenario.blind

    def _restarts(self, time: float) -> int:
        if self._cell.scenario.crashes:
            return sum(crash <= time for crash in CRASHES)
        lost = self._lost[_CANARY]
        return sum(SCRAPE * (number + 1) <= time for number in lost) if lost else 0


def _together(sides: Sequence[Side]) -> Side:
    requests, errors, over, asked, models = zip(*sides, strict=True)
    return Side(sum(requests), sum(errors), _sums(over), _sums(asked), models[0])


def _added(drawn: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The sums over all groups and so many ticks, [tick, count]."""
    summed: NDArray[np.int64] = drawn.reshape(len(drawn) // width, -1, drawn.shape[-1]).sum(axis=1)
    return summed


def _sums(rows: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


def _parts(span: int) -> tuple[tuple[int, ...], ...]:
    """The cuts between the groups of each part: users of one group see the same version at any weight."""
    return _LATE_PARTS if SCRAPE * (_SPANS[span].start - HISTORY) >= LATE else _PARTS


@cache
def _middles(span: int) -> NDArray[np.float64]:
    """The instants in the middle of a span's ticks."""
    return SCRAPE * (0.5 - HISTORY + np.array(_SPANS[span], dtype=np.float64))


@cache
def _speeds(slowdown: float) -> tuple[float, ...]:
    """The shares of answers between neighbouring edges, by the lognormal distribution."""
    below = [0.0, *(_faster(edge / slowdown) for edge in EDGES), 1.0]
    return tuple(high - low for low, high in pairwise(below))


def _faster(seconds: float) -> float:
    return (1 + erf(log(seconds / MEDIAN) / _SIGMA / sqrt(2))) / 2
