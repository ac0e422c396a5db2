"""The judgement: whether the numbers of a release speak for its canary, against it, or not yet.

`begin`, `advance` and `judge` are the only doors; nothing else in Serin compares a canary with anything.
With any number of looks and any traffic, a good canary is rolled back with probability at most alpha, and
one that is worse by the margin of a step passes that step with probability at most beta.

- Every rule in every view is one metric, with an e-process against the canary (`comparison`).
- Roll back when the *mean* of all metrics' e-processes reaches 1/alpha: the only admissible way to merge
  e-values that depend on each other (Vovk & Wang 2021).
- Go on when *every* metric's proof for the coming step reaches 1/beta. The margin of a step is the tolerance
  plus one constant risk budget, a share of all traffic, divided by the weight to come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from math import ceil, log
from typing import TYPE_CHECKING, Any

from canary.core import comparison, drift
from canary.core.comparison import Comparison, Plan
from canary.core.drift import DriftState, DriftVerdict
from canary.core.margin import Tally
from canary.core.model import Evidence, Verdict, View
from canary.core.model.words import DRIFT
from canary.core.wording import Finding, worded, worded_drift

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from canary.core.model import Block, Counts, DriftRule, Rules, Step

    Counter = Callable[[Counts, Counts], Tally | None]

PREDICTIONS = "predictions"
LOWER_EDGES = 2
_LOWER_DIFFERENCES = (0.02, 0.05, 0.1, 0.3, 0.6)
_LOWER_HALF_LIVES = (600.0,)
_MOST = 2**53  # answers in one tick, beyond which a double does not hold them exactly
_LATEST = 1e12  # seconds from the epoch
_MOST_NEEDED = 10**12  # requests that nobody waits for: what is left of a growth then is rounding


def _derived() -> Any:
    return field(init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Watch:
    """What a release is held against.

    `alpha` and `beta` are error probabilities, `weights` the steps after the first in percent, `plans`
    one for each share that is compared, by name: "errors", "latency", and "latency/1", ... for the bucket
    edges below the rule's own, which show a slow-down before it reaches the limit. `within` is that
    limit in seconds: what was counted at another one is no evidence about this.

    What follows from these is kept: `metrics` are every rule in every view that can tell (forecasts are
    known to the application only), `shares` every share in every such view, `by_view` the same as (key,
    plan, what counts it), `parts` the keys of all shares that speak for a rule, its own first, and
    `fingerprint` ten digits that tell these rules from any others.
    """

    alpha: float
    beta: float
    weights: tuple[int, ...]
    plans: Mapping[str, Plan]
    views: tuple[View, ...]
    drift: DriftRule | None = None
    within: float | None = None
    metrics: tuple[tuple[str, View], ...] = _derived()
    shares: tuple[tuple[str, View], ...] = _derived()
    by_view: Mapping[View, tuple[tuple[str, Plan, Counter], ...]] = _derived()
    parts: Mapping[tuple[str, View], tuple[str, ...]] = _derived()
    fingerprint: str = _derived()

    def __post_init__(self) -> None:
        shares = tuple((name, view) for view in self.views for name in self.plans if _tells(name, view))
        metrics = tuple((name, view) for name in self.plans for view in self.views if (name, view) in shares)
        by_view = {
            view: tuple(
                (key(name, view), self.plans[name], _counter(name)) for name, seen in shares if seen is view
            )
            for view in View
        }
        parts = {
            (rule, view): tuple(
                key(name, seen) for name, seen in shares if seen is view and name.partition("/")[0] == rule
            )
            for rule, view in metrics
        }
        object.__setattr__(self, "metrics", tuple(each for each in metrics if "/" not in each[0]))
        object.__setattr__(self, "shares", shares)
        object.__setattr__(self, "by_view", by_view)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "fingerprint", sha256(repr(self).encode()).hexdigest()[:10])

    def margin(self, coming: int | None) -> int | None:
        """Index of the margin that stands before the weight `coming`; None when no proof is asked for."""
        return self.weights.index(coming) if coming in self.weights else None


@dataclass(frozen=True, slots=True)
class State:
    """Everything known after some ticks; `until` is the end of the last tick taken in, by view."""

    shares: Mapping[str, Comparison]
    until: Mapping[View, float] = field(default_factory=dict)
    skipped: int = 0
    drift: DriftState | None = None


@lru_cache(maxsize=4096)
def watch(rules: Rules, steps: tuple[Step, ...], views: tuple[View, ...] = tuple(View)) -> Watch:
    """Derive what a release is held against from its rules and steps."""
    doubt = 1 - rules.confidence
    weights = tuple(step.weight for step in steps[1:])
    plans: dict[str, Plan] = {}
    for name, limit, tolerance in _limits(rules):
        margins = tuple(min(0.9, tolerance + 100 * rules.risk / weight) for weight in weights)
        plans[name] = Plan(tolerance, limit, margins)
    if rules.latency is not None:
        lower = Plan(rules.latency.tolerance, None, (), _LOWER_DIFFERENCES, _LOWER_HALF_LIVES)
        plans |= {f"latency/{number + 1}": lower for number in range(LOWER_EDGES)}
    within = rules.latency.within if rules.latency else None
    return Watch(doubt, doubt, weights, plans, views, rules.drift, within)


def begin(watch: Watch) -> State:
    """Nothing is known yet."""
    return State({key(name, view): comparison.begin(watch.plans[name]) for name, view in watch.shares})


def advance(watch: Watch, state: State, view: View, block: Block, weight: int) -> State:
    """Take in one tick of one view, seen while the canary was asked to have `weight` percent.

    A tick that was taken in before, or has no true times, changes nothing; one that contradicts itself is
    counted as skipped.
    """
    before = state.until.get(view, block.begin)
    if not _timely(block) or (block.end <= before and view in state.until):
        return state
    until = {**state.until, view: block.end}
    if not (sane(block.canary) and sane(block.stable)):
        return State(state.shares, until, state.skipped + 1, state.drift)
    seconds = max(0.0, block.end - max(before, block.begin))
    alone = weight == 100 and block.stable.requests == 0
    shares = dict(state.shares)
    for own, plan, counted in watch.by_view[view]:
        tally = counted(block.canary, block.stable)
        if tally is not None:
            shares[own] = comparison.advance(shares[own], plan, tally, seconds, alone=alone)
    drifted = _drifted(watch, state.drift, block) if view is View.APPLICATION else state.drift
    return State(shares, until, state.skipped, drifted)


def _timely(block: Block) -> bool:
    """Tell whether both times are instants of this age of the world, in seconds."""
    return abs(block.begin) <= _LATEST and abs(block.end) <= _LATEST


def judge(watch: Watch, state: State, coming: int | None) -> tuple[Evidence, ...]:
    """One row for each rule in each view, for a canary that may get `coming` percent.

    One row that says FAIL means: all of them together speak against the canary, this one most.
    All rows PASS means: the coming step is proved to be safe. `coming` None: nothing is to come,
    and the canary is held against its limits alone.
    """
    against = _against(watch, state)
    failed = _mean(against.values()) >= 1 / watch.alpha
    strongest = max(against, key=lambda metric: against[metric], default=None)
    rows = [
        _row(watch, state, metric, coming, (capital, failed and metric == strongest))
        for metric, capital in against.items()
    ]
    if watch.drift is not None and View.APPLICATION in watch.views:
        rows.append(_drift_row(watch, watch.drift, state.drift))
    return tuple(rows)


def odds_against(watch: Watch, state: State) -> float:
    """Log of the mean capital of all bets against the canary: at log(1/alpha) it is rolled back."""
    return log(_mean(_against(watch, state).values()))


def sane(counts: Counts) -> bool:
    """Tell whether the parts of a count fit into each other, and into a double."""
    return (
        0 <= counts.errors <= counts.requests <= _MOST
        and 0 <= counts.slow <= counts.timed <= counts.requests
        and 0 <= counts.impossible <= counts.answers <= _MOST
        and all(0 <= part <= counts.timed for part in counts.lower)
        and all(0 <= part <= _MOST for part in counts.predicted)
    )


def key(name: str, view: View) -> str:
    """Name a share in a view, as the checkpoint does."""
    return f"{name}@{view.value}"


def _row(
    watch: Watch, state: State, metric: tuple[str, View], coming: int | None, against: tuple[float, bool]
) -> Evidence:
    plan, known, margin = watch.plans[metric[0]], state.shares[watch.parts[metric][0]], watch.margin(coming)
    proof = known.alone if margin is None else known.proof(plan, margin)
    needed = _needed(known, plan, margin, log(1 / watch.beta) - proof)
    reached = Verdict.PASS if needed == 0 else Verdict.HOLD
    found = Finding(
        verdict=Verdict.FAIL if against[1] else reached,
        tally=known.counted,
        against=log(against[0]),
        proof=proof,
        needed=needed or 0,
        eta=None if needed is None else known.canary.seconds_for(needed),
    )
    verdict, tally, capital, proof, missing, eta = found
    excluded = None if margin is None else plan.margins[margin]
    detail = worded(found, excluded, skipped=state.skipped)
    return Evidence(*metric, verdict, tally, detail, missing, capital, proof, eta)


def _drifted(watch: Watch, known: DriftState | None, block: Block) -> DriftState | None:
    """Histograms are compared while both sides answer; other buckets than before begin anew.

    All values of one forecast count as one piece of evidence, or the mean forecast's worth of them.
    """
    canary, stable = block.canary, block.stable
    answers = canary.answers + stable.answers
    if watch.drift is None or not (canary.answers and stable.answers):
        return known
    if known is None or len(known.canary) != len(canary.predicted):
        known = drift.begin(len(canary.predicted))
    values = sum(canary.predicted) + sum(stable.predicted)
    return drift.advance(known, canary.predicted, stable.predicted, max(1.0, values / answers))


def _drift_row(watch: Watch, rule: DriftRule, known: DriftState | None) -> Evidence:
    """Drift never holds a release up: a new model is there to predict something else."""
    found = drift.verdict(known, watch.alpha, rule.limit) if known else DriftVerdict.NONE
    failed = found is DriftVerdict.DRIFT and rule.rollback
    return Evidence(
        rule=DRIFT,
        view=View.APPLICATION,
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        tally=Tally(sum(known.canary), 0, sum(known.stable), 0) if known else Tally(0, 0, 0, 0),
        detail=worded_drift(known.log_e, drift.psi(known), rule.limit) if known else "no predictions yet",
        against=known.log_e if known else 0.0,
        proof=log(1 / watch.beta),
        warning=found is not DriftVerdict.NONE,
    )


def _needed(known: Comparison, plan: Plan, margin: int | None, missing: float) -> int | None:
    """Canary requests still needed for a proof that lacks `missing`; None when it does not come nearer."""
    if missing <= 0:
        return 0
    growth = comparison.growth(known, plan, margin)
    return ceil(missing / growth) if missing < growth * _MOST_NEEDED else None


def _against(watch: Watch, state: State) -> dict[tuple[str, View], float]:
    """Capital against the canary by metric; a latency rule's own edge and the lower ones count alike."""
    shares, parts = state.shares, watch.parts
    return {metric: _mean([shares[own].capital() for own in parts[metric]]) for metric in watch.metrics}


def _mean(capital: Collection[float]) -> float:
    """What cannot bet has the one it began with."""
    return sum(capital) / len(capital) if capital else 1.0


def _limits(rules: Rules) -> Iterator[tuple[str, float, float]]:
    if rules.errors is not None:
        yield "errors", rules.errors.max, rules.errors.tolerance
    if rules.latency is not None:
        yield "latency", 1 - rules.latency.share, rules.latency.tolerance
    if rules.predictions is not None:
        yield PREDICTIONS, rules.predictions.max, rules.predictions.tolerance


def _tells(name: str, view: View) -> bool:
    return name != PREDICTIONS or view is View.APPLICATION


def _counter(name: str) -> Counter:
    """What counts the share `name` on both sides: None when this edge is not in the data."""
    rule, _, number = name.partition("/")
    return partial(_lower, int(number) - 1) if number else _COUNTERS[rule]


def _errors(canary: Counts, stable: Counts) -> Tally:
    return Tally(canary.requests, canary.errors, stable.requests, stable.errors)


def _slow(canary: Counts, stable: Counts) -> Tally:
    return Tally(canary.timed, canary.slow, stable.timed, stable.slow)


def _impossible(canary: Counts, stable: Counts) -> Tally:
    return Tally(canary.answers, canary.impossible, stable.answers, stable.impossible)


def _lower(number: int, canary: Counts, stable: Counts) -> Tally | None:
    sides = (canary, stable)
    if any(side.timed and number >= len(side.lower) for side in sides):
        return None
    one, two = (side.lower[number] if side.timed else 0 for side in sides)
    return Tally(canary.timed, one, stable.timed, two)


_COUNTERS = {"errors": _errors, "latency": _slow, PREDICTIONS: _impossible}
