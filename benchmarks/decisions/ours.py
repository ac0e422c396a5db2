"""Serin: the engine of `canary.core`, with the gates and clocks of a release around it.

The evidence is the product's own. What is written here again is only how a release walks: the hold of
a step, two restarts, the blind and the idle clock, as in
`canary.core.gates` and `canary.core.dangers`; a test compares the constants.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.decisions.play import Move
from benchmarks.decisions.world import EDGES
from canary.core import evidence
from canary.core.model import (
    Block,
    Counts,
    DriftRule,
    ErrorRule,
    LatencyRule,
    PredictionRule,
    Rules,
    Step,
    Verdict,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.decisions.world import Side, Tick
    from canary.core.model import Evidence

STEPS = (Step(10, 60.0), Step(25, 60.0), Step(50, 60.0), Step(100))
# As in the chart, but for the share of quick answers: 2.2 % of stable's take longer than 250 ms here.
RULES = Rules(
    errors=ErrorRule(max=0.01, tolerance=0.0),
    latency=LatencyRule(within=0.25, share=0.95, tolerance=0.02),
    confidence=0.99,
    risk=0.005,
    predictions=PredictionRule(max=0.01, tolerance=0.0),
    drift=DriftRule(limit=0.2, rollback=True),
)
RESTARTS = 2
CLOCKS = ("blind", "idle")  # the causes that are no evidence
BLIND_BUDGET = 900.0  # seconds
PROGRESS_DEADLINE = 1800.0  # seconds

# Only the application knows of forecasts. The edge would count the same requests here; the product, which
# weighs both views, sees errors a little sooner: two of five metrics speak of them, not one of three.
WATCH = evidence.watch(RULES, STEPS, (View.APPLICATION,))
CERTAIN = -log(1 - RULES.confidence)  # log of the odds at which bets decide
_OWN_EDGE = EDGES.index(0.25)


class Capital(NamedTuple):
    """What the engine knew after a tick: seconds, weight asked, logs of its e-processes."""

    seconds: float
    weight: int
    against: float
    proofs: tuple[float, ...]


class Serin:
    """One release. Rows are only asked for when they may decide something: most ticks decide nothing."""

    first, every = STEPS[0].weight, 1

    def __init__(self, history: Sequence[Tick]) -> None:
        self._state = evidence.begin(WATCH)
        for tick in history:
            self._learn(tick, 0)
        self._step = 0
        self._since = 0.0
        self._answered = self._used = 0.0

    def observe(self, tick: Tick) -> Move:
        """Learn from the tick, then look for a danger, then for leave to go on."""
        weight = STEPS[self._step].weight
        self._clocks(tick)
        self._learn(tick, weight)
        rows = self._judge() if self._tells(tick) else ()
        if cause := self._danger(tick, rows):
            return Move(0, cause)
        if self._may_go_on(tick, rows):
            self._step, self._since = self._step + 1, tick.end
        return Move(STEPS[self._step].weight)

    def _learn(self, tick: Tick, weight: int) -> None:
        if tick.reachable:
            block = Block(tick.begin, tick.end, _counts(tick.canary), _counts(tick.stable))
            self._state = evidence.advance(WATCH, self._state, View.APPLICATION, block, weight)

    def _tells(self, tick: Tick) -> bool:
        """Tell whether the rows may take the canary back, or let it go on."""
        drifted = self._state.drift is not None and self._state.drift.log_e >= CERTAIN
        return drifted or self._suspects() or (self._held(tick) and self._proved())

    def _suspects(self) -> bool:
        """Tell whether the bets against the canary are won."""
        return evidence.odds_against(WATCH, self._state) >= CERTAIN

    def _proved(self) -> bool:
        """Tell whether every rule's proof for the coming step is complete."""
        margin = WATCH.margin(STEPS[self._step + 1].weight)
        return margin is not None and all(
            self._state.shares[evidence.key(*metric)].proof(WATCH.plans[metric[0]], margin) >= CERTAIN
            for metric in WATCH.metrics
        )

    def _judge(self) -> tuple[Evidence, ...]:
        return evidence.judge(WATCH, self._state, STEPS[self._step + 1].weight)

    def _clocks(self, tick: Tick) -> None:
        """When the store last answered, and when it last knew of a canary request."""
        if tick.reachable:
            self._answered = tick.end
        if not tick.reachable or (tick.canary and tick.canary.requests):
            self._used = tick.end

    def _danger(self, tick: Tick, rows: Sequence[Evidence]) -> str:
        for row in rows:
            if row.verdict is Verdict.FAIL:
                return row.rule
        if tick.restarts >= RESTARTS:
            return "restarts"
        if tick.end - self._answered >= BLIND_BUDGET:
            return "blind"
        stood = tick.end - self._since >= STEPS[self._step].hold + PROGRESS_DEADLINE
        # While users come, evidence does, and that is progress; the pods of this world are always ready.
        return "idle" if stood and tick.end - self._used >= PROGRESS_DEADLINE else ""

    def _held(self, tick: Tick) -> bool:
        return tick.reachable and tick.end - self._since >= STEPS[self._step].hold

    def _may_go_on(self, tick: Tick, rows: Sequence[Evidence]) -> bool:
        return self._held(tick) and bool(rows) and all(row.verdict is Verdict.PASS for row in rows)


class Watched(Serin):
    """The same, asked for its rows at every tick; `trace` keeps what the engine knew then."""

    def __init__(self, history: Sequence[Tick]) -> None:
        super().__init__(history)
        self.trace: list[Capital] = []

    def _danger(self, tick: Tick, rows: Sequence[Evidence]) -> str:
        proofs = tuple(row.proof for row in rows)
        against = evidence.odds_against(WATCH, self._state)
        self.trace.append(Capital(tick.end, STEPS[self._step].weight, against, proofs))
        return super()._danger(tick, rows)

    def _tells(self, _: Tick) -> bool:
        return True


def _counts(side: Side | None) -> Counts:
    if side is None:
        return Counts()
    return Counts(
        requests=side.requests,
        errors=side.errors,
        timed=side.requests,
        slow=side.over[_OWN_EDGE],
        lower=side.over[_OWN_EDGE - evidence.LOWER_EDGES : _OWN_EDGE][::-1],
        answers=side.requests,
        impossible=side.impossible,
        predicted=side.predicted,
    )
