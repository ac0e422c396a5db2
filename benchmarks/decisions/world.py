"""The world: users, two versions of a service, and what a metrics store shows of them every 15 seconds.

Every request has two answers before anybody chooses: the one that the canary would give and the
one that stable would give. A controller only chooses which of the two the users get, so all
controllers meet exactly the same users. Requests that no controller can tell apart are drawn
together: users are sorted by the share at which they first meet the canary (`CUTS`), and for
every scrape and every such group both versions' answers are drawn as counts.

Times are seconds since the release started; the tick with number k covers (15 k, 15 k + 15].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import erf, log, pi, sqrt
from operator import sub
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from benchmarks.decisions.forecasts import BRANCHES, Model

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCRAPE = 15
HISTORY = 8  # ticks of stable alone before the release starts
HORIZON = 720  # ticks after which nobody waits any longer: 3 h
CUTS = (0, 10, 20, 25, 30, 40, 50, 60, 80, 100)  # weights that some controller asks for
LATE_CUTS = (0, 10, 20, 25, 50, 100)  # those still asked for after LATE, to draw less
LATE = 2640.0
EDGES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)  # the service's bucket edges that any answer comes near, s
MEDIAN, P99 = 0.08, 0.3  # of stable's answers, s
TROUBLE = 60.0  # when the metrics store goes away and when an incident that hits both versions begins
INCIDENT = 600.0  # how long that incident lasts
DAY = 7200.0  # a day squeezed into two hours, so that a short release meets its slopes
CRASHES = (30.0, 70.0, 130.0, 230.0, 410.0)  # 20 s until it crashes, back-off of 10, 20, 40, 80, 160 s
STABLE_RESTARTS = 3

_CHUNK = 48  # ticks drawn at once; nobody needs three hours of a release that ends in one minute
_SIGMA = log(P99 / MEDIAN) / 2.3263478740408408  # the 99 % quantile of the normal distribution
_CANARY, _STABLE = 0, 1
_ASKED = 2 + len(EDGES)
_NOTHING = [0] * (_ASKED + len(BRANCHES))
_GOOD_MODEL = Model()

_Chunk = list[list[list[list[int]]]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens. Error shares are added to the base rate; durations and times are seconds."""

    name: str
    good: bool
    words: str
    added: float = 0.0  # to the canary's share of bad answers
    onset: float = 0.0  # from when on
    ramp: float = 0.0  # growing over so long
    shared: float = 0.0  # to both versions' share, during the incident
    slowdown: float = 1.0  # factor on every answer time of the canary
    blind: float = 0.0  # how long the metrics store gives no answer
    swing: float = 1.0  # peak of load and error share over their trough
    noise: float = 0.0  # coefficient of variation of each version's error share from tick to tick
    load: float = 1.0  # factor on the request rate
    restarts: bool = False  # of one canary pod and some stable pods: each loses what was not yet scraped
    crashes: bool = False  # the canary answers nobody and leaves no counters
    model: Model = _GOOD_MODEL  # what the canary forecasts


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario at one load; `rate` requests/s in all, `base` both versions' share of bad answers."""

    scenario: Scenario
    rate: float
    base: float

    @property
    def name(self) -> str:
        """How `--cells` finds it: scenario/rate/base."""
        return f"{self.scenario.name}/{self.rate:g}/{100 * self.base:g}%"


class Side(NamedTuple):
    """One role's counter deltas over a tick.

    `over[i]` answers took longer than `EDGES[i]`; `asked` are requests by the branch asked about.
    """

    requests: int
    errors: int
    over: tuple[int, ...]
    asked: tuple[int, ...]
    model: Model

    @property
    def predicted(self) -> tuple[int, ...]:
        """Forecasts by bucket, each counted when it is asked for."""
        return self.model.predicted(self.asked)

    @property
    def impossible(self) -> int:
        """Answers that the service itself calls bad: the same for every medicine."""
        return self.requests if self.model.constant else 0


class Tick(NamedTuple):
    """What a controller may know at `end`.

    A side is None while the store has no series of it. `baseline` is stable's answer to a tenth of
    all users, as many as a canary of 10 % has. `restarts` comes from Kubernetes, not from the store.
    """

    begin: float
    end: float
    reachable: bool
    canary: Side | None
    stable: Side | None
    baseline: Side | None
    restarts: int


class Traffic:
    """The users of one repetition of a cell. The same arguments give the same users, everywhere."""

    def __init__(self, cell: Cell, repetition: int) -> None:
        self._cell = cell
        self._seeds = (crc32(cell.name.encode()), repetition)
        rng = np.random.default_rng((*self._seeds, 0))
        self._phase = rng.random()
        early = rng.permutation(20)[: STABLE_RESTARTS + 1].tolist() if cell.scenario.restarts else []
        self._lost = {_CANARY: frozenset(early[:1]), _STABLE: frozenset(early[1:])}
        self._chunks: list[_Chunk] = []

    def history(self) -> tuple[Tick, ...]:
        """The ticks of stable alone before the release."""
        return tuple(self.tick(number, number, 0) for number in range(-HISTORY, 0))

    def tick(self, first: int, last: int, weight: int) -> Tick:
        """What the store shows after tick `last` to one who saw nothing since tick `first` began."""
        end = SCRAPE * (last + 1)
        reachable = not self._blind(end)
        canary = stable = baseline = None
        if reachable and weight and not self._cell.scenario.crashes:
            canary = self._side(_CANARY, first, last, 0, weight)
        if reachable:
            stable = self._side(_STABLE, first, last, weight, 100)
            baseline = self._side(_STABLE, first, last, 10, 20)
        return Tick(SCRAPE * first, end, reachable, canary, stable, baseline, self._restarts(end))

    def failed(self, number: int, weight: int) -> int:
        """Users that got a bad answer of the canary, whether anybody counted it or not."""
        return self._counts(number, _CANARY, 0, weight)[1]

    def _side(self, role: int, first: int, last: int, low: int, high: int) -> Side:
        scraped = [k for k in range(first, last + 1) if k not in self._lost[role]]
        rows = [self._counts(k, role, low, high) for k in scraped]
        counts = (
            rows[0] if len(rows) == 1 else [sum(column) for column in zip(*rows, strict=True)] or _NOTHING
        )
        over, asked = tuple(counts[2:_ASKED]), tuple(counts[_ASKED:])
        model = self._cell.scenario.model if role == _CANARY else _GOOD_MODEL
        return Side(counts[0], counts[1], over, asked, model)

    def _counts(self, number: int, role: int, low: int, high: int) -> list[int]:
        """What users between two shares get in one tick: requests, errors, over[...], asked[...]."""
        chunk, place = divmod(number + HISTORY, _CHUNK)
        while len(self._chunks) <= chunk:
            self._chunks.append(self._draw(len(self._chunks)))
        totals, cuts = self._chunks[chunk][place], _cuts(chunk)
        upto, before = totals[cuts.index(high)][role], totals[cuts.index(low)][role]
        return list(map(sub, upto, before)) if low else upto

    def _draw(self, chunk: int) -> _Chunk:
        """Both versions' answers, summed over all users up to each cut: [tick, cut, role, count]."""
        rng = np.random.default_rng((*self._seeds, 1 + chunk))
        middles = SCRAPE * (0.5 + chunk * _CHUNK - HISTORY + np.arange(_CHUNK, dtype=np.float64))
        scenario, day = self._cell.scenario, self._day(middles)
        expected = self._cell.rate * SCRAPE * scenario.load * day
        users = rng.poisson(expected[:, None] * np.diff(_cuts(chunk)) / 100)
        errors = rng.binomial(users[:, :, None], self._error_shares(middles, day, rng)[:, None, :])
        speeds = np.array((_speeds(scenario.slowdown), _speeds(1.0)))
        buckets = rng.multinomial(users[:, :, None], speeds[None, None])
        over = buckets[..., ::-1].cumsum(axis=-1)[..., -2::-1]
        asked = rng.multinomial(users, [1 / len(BRANCHES)] * len(BRANCHES))
        both = np.repeat(np.concatenate((users[..., None], asked), axis=-1)[:, :, None], 2, axis=2)
        counts = np.concatenate((both[..., :1], errors[..., None], over, both[..., 1:]), axis=-1)
        nobody = np.zeros_like(counts[:, :1])
        drawn: _Chunk = np.concatenate((nobody, counts.cumsum(axis=1)), axis=1).tolist()
        return drawn

    def _error_shares(
        self, middles: NDArray[np.float64], day: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """The share of bad answers, [tick, role]."""
        scenario = self._cell.scenario
        shares = np.repeat((self._cell.base * day)[:, None], 2, axis=1)
        shares += scenario.shared * _within(middles, TROUBLE, INCIDENT)[:, None]
        if scenario.noise:
            shares *= rng.gamma(scenario.noise**-2, scenario.noise**2, size=shares.shape)
        grown = np.clip((middles - scenario.onset) / scenario.ramp, 0, 1) if scenario.ramp else 1.0
        shares[:, _CANARY] += scenario.added * grown * (middles > scenario.onset)
        return np.minimum(shares, 1.0)

    def _day(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        waves: NDArray[np.float64] = np.sin(2 * pi * (times / DAY + self._phase))
        return np.exp(log(self._cell.scenario.swing) / 2 * waves)

    def _blind(self, time: float) -> bool:
        return TROUBLE <= time < TROUBLE + self._cell.scenario.blind

    def _restarts(self, time: float) -> int:
        if self._cell.scenario.crashes:
            return sum(crash <= time for crash in CRASHES)
        return sum(SCRAPE * (number + 1) <= time for number in self._lost[_CANARY])


def _cuts(chunk: int) -> tuple[int, ...]:
    return LATE_CUTS if SCRAPE * (chunk * _CHUNK - HISTORY) >= LATE else CUTS


def _within(times: NDArray[np.float64], begin: float, length: float) -> NDArray[np.float64]:
    return ((times > begin) & (times < begin + length)).astype(np.float64)


def _speeds(slowdown: float) -> list[float]:
    """The shares of answers between neighbouring edges, by the lognormal distribution."""
    below = [0.0, *(_faster(edge / slowdown) for edge in EDGES), 1.0]
    return [high - low for low, high in pairwise(below)]


def _faster(seconds: float) -> float:
    return (1 + erf(log(seconds / MEDIAN) / _SIGMA / sqrt(2))) / 2
