"""A release played against assumed users, before anybody meets it.

Ticks are made up, one for each scrape; what follows from them is the product's own: `evidence` weighs
them, `dangers` says what takes the release back, `gates` what it waits for, `moves` how it goes on.
One view is played: where both count the same requests, the mean over the views is that of either.

Left out, because they need a cluster: pods that start, restart or crash, the seconds in which the route,
the proxy and the metrics store follow, and looks between two scrapes. Also answers that depend on each
other (retry storms), drift of predictions, what containers use, and the bucket edges below the limit, by
which a slow-down is noticed earlier. Whoever must approve a step does so at once, and every forecast is a
possible one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from canary.core import evidence, gates, moves, split
from canary.core.chance import binomial, poisson
from canary.core.dangers import danger
from canary.core.intents import next_step, next_weight
from canary.core.model import (
    Block,
    Counts,
    Observation,
    Pair,
    Phase,
    Reading,
    RevisionState,
    RouteState,
    ServiceState,
    Status,
    View,
)
from canary.core.tick import Tick
from canary.core.windows import HISTORY, RECENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.core.evidence import Watch
    from canary.core.model import Spec

_STABLE = "stable"
_APPROVER = "whoever approves"


@dataclass(frozen=True, slots=True)
class Service:
    """How one version answers, as shares of 1: with an error, and beyond the latency rule's limit."""

    errors: float
    slow: float


@dataclass(frozen=True, slots=True)
class Traffic:
    """`rate` requests/s of all users, seen every `scrape` seconds, and how both versions answer them."""

    rate: float
    scrape: float
    stable: Service
    canary: Service


class Outcome(StrEnum):
    """How a release ended; undecided when it had not by the horizon."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled back"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class End:
    """How one run ended, and when: seconds since the canary's first user.

    `cause` is that of the danger which took it back, else empty. `bad` answers of the canary, errors or
    too slow, reached users until then; `weight` is the share they had last, in percent.
    """

    outcome: Outcome
    cause: str
    seconds: float
    bad: int
    weight: int


def watched(spec: Spec) -> Watch:
    """What a played release is held against: all rules but that on drift, in one view."""
    return evidence.watch(replace(spec.rules, drift=None), spec.steps, (View.APPLICATION,))


def play(spec: Spec, traffic: Traffic, horizon: float, draw: Callable[[], float]) -> End:
    """Play one release for `horizon` seconds at most.

    `draw` gives numbers that are uniform on [0, 1): the only randomness there is. Users come as a Poisson
    process, the proxy deals them out in turn by weight, and each answer is bad by itself.
    """
    return _Release(spec, traffic, draw).play(horizon)


class _Release:
    """One run; its clock begins with what stable did by itself before the canary's first user."""

    def __init__(self, spec: Spec, traffic: Traffic, draw: Callable[[], float]) -> None:
        self._spec, self._traffic, self._draw = spec, traffic, draw
        self._watch = watched(spec)
        self._state = evidence.begin(self._watch)
        self._world = _in_place(spec)
        self._status = Status(canary_revision=spec.revision, stable_revision=_STABLE, stable_route=_STABLE)
        self._ticks = -int(HISTORY // traffic.scrape)
        self._met = HISTORY
        self._mine = self._others = self._turn = self._bad = 0

    def play(self, horizon: float) -> End:
        while self._ticks < 0:
            self._scrape()
        self._stand(moves.raise_to(self._tick(), self._status, 0))
        for _ in range(int(horizon // self._traffic.scrape)):
            self._scrape()
            if end := self._look():
                return end
        return self._end(Outcome.UNDECIDED)

    @property
    def _now(self) -> float:
        return HISTORY + self._ticks * self._traffic.scrape

    def _scrape(self) -> None:
        """Let one tick pass, and take in what was counted."""
        begin, self._ticks = self._now, self._ticks + 1
        users = poisson(self._draw(), self._traffic.rate * self._traffic.scrape)
        mine, self._turn = divmod(self._turn + users * self._status.weight, 100)
        canary, bad = self._answers(mine, self._traffic.canary)
        stable, _ = self._answers(users - mine, self._traffic.stable)
        self._mine, self._others, self._bad = self._mine + mine, self._others + users - mine, self._bad + bad
        self._met = self._now if mine else self._met
        block = Block(begin, self._now, canary, stable)
        self._state = evidence.advance(self._watch, self._state, View.APPLICATION, block, self._status.weight)

    def _answers(self, requests: int, service: Service) -> tuple[Counts, int]:
        """Count `requests` as a metrics store does, and those that were bad for either reason."""
        errors = binomial(self._draw(), requests, service.errors)
        late_errors = binomial(self._draw(), errors, service.slow)
        late = binomial(self._draw(), requests - errors, service.slow)
        return Counts(requests, errors, requests, late + late_errors, answers=requests), errors + late

    def _look(self) -> End | None:
        tick = self._tick()
        self._status = self._observed(tick)
        if found := danger(tick, self._status):
            return self._end(Outcome.ROLLED_BACK, found.cause)
        self._stand(_follow(tick, self._status))
        promoted = self._status.stable_route == self._spec.revision
        return self._end(Outcome.PROMOTED) if promoted else None

    def _observed(self, tick: Tick) -> Status:
        """What `clocks` and `rules` would have written down."""
        status = self._status
        idle = self._met <= max(self._now - RECENT, HISTORY)
        return replace(
            status,
            evidence=evidence.judge(self._watch, self._state, next_weight(self._spec, status)),
            observed_weight=split.observed(self._dealt),
            idle_since=(status.idle_since or tick.now) if idle else 0.0,
            approved_by=_APPROVER,
        )

    def _stand(self, status: Status) -> None:
        """The proxy follows a new weight at once, and its split is counted anew."""
        if status.weight != self._status.weight:
            status = replace(status, weight_confirmed=self._now, settled_since=self._now)
            self._mine = self._others = 0
        self._status = status

    @property
    def _dealt(self) -> Pair:
        return Pair(Counts(self._mine), Counts(self._others))

    def _tick(self) -> Tick:
        reading = Reading(self._now, {}, {}, {}, self._dealt, {})
        return Tick(self._spec, replace(self._world, reading=reading), self._now, settle=0.0)

    def _end(self, outcome: Outcome, cause: str = "") -> End:
        return End(outcome, cause, self._now - HISTORY, self._bad, self._status.weight)


def _follow(tick: Tick, status: Status) -> Status:
    """Walk as `decide` does where nothing is missing but evidence, time and users."""
    if status.phase is Phase.PROMOTING:
        return status if gates.before_flip(tick, status) else moves.flip(tick, status)
    if gates.before_next_step(tick, status):
        return status
    coming = next_step(tick.spec, status)
    if coming is None:
        return _follow(tick, moves.start_promotion(tick, status))
    return moves.raise_to(tick, status, coming)


def _in_place(spec: Spec) -> Observation:
    """A cluster in which every pod is ready and every object is where it shall be."""
    revisions = (_STABLE, spec.revision)
    return Observation(
        revisions={name: RevisionState(name, spec.replicas, spec.replicas) for name in revisions},
        stable=ServiceState(_STABLE, settled=True),
        canary=ServiceState(spec.revision, settled=True),
        route=RouteState(0),
    )
