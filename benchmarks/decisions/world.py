"""The world: users, two versions of a service, and what a metrics store shows of them every 15 seconds.

Every request has two answers before anybody chooses: the one that the canary would give and the
one that stable would give. A controller only chooses which of the two the users get, so all
controllers meet exactly the same users. Requests that no controller can tell apart are drawn
together: users are sorted by the share at which they first meet the canary (`CUTS`), and for
every scrape and every such group both versions' answers are drawn as counts (`traffic`).

Times are seconds since the release started; the tick with number k covers (15 k, 15 k + 15].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.decisions.forecasts import Model

if TYPE_CHECKING:
    from collections.abc import Callable

SCRAPE = 15
HISTORY = 8  # ticks of stable alone before the release starts
HORIZON = 720  # ticks after which nobody waits any longer: 3 h
BASELINE = (10, 20)  # the users whose answers of stable stand for a canary of 10 %
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
GOOD_MODEL = Model()


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
    model: Model = GOOD_MODEL  # what the canary forecasts


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

    A side is None while the store has no series of it. `of_stable` gives stable's answers to the users
    between two shares: only whoever asks has them drawn. `restarts` comes from Kubernetes, not from the
    store.
    """

    begin: float
    end: float
    reachable: bool
    weight: int
    canary: Side | None
    of_stable: Callable[[int, int], Side]
    restarts: int

    @property
    def stable(self) -> Side | None:
        """Everybody who is not asked to go to the canary."""
        return self.of_stable(self.weight, 100) if self.reachable else None

    @property
    def baseline(self) -> Side | None:
        """Stable's answer to a tenth of all users, as many as a canary of 10 % has."""
        return self.of_stable(*BASELINE) if self.reachable else None
