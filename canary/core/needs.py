"""What each step of a release asks for, and how long that takes where users come at a known rate."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, log
from typing import TYPE_CHECKING, NamedTuple

from canary.core import comparison, split
from canary.core.evidence import PREDICTIONS
from canary.core.margin import Tally
from canary.core.past import Decayed
from canary.core.simulation import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.comparison import Plan
    from canary.core.evidence import Watch
    from canary.core.model import Spec
    from canary.core.simulation import Service

_LONG_KNOWN = 1e9  # requests after which the prior of a share no longer matters


class _Proof(NamedTuple):
    """One proof for one step, and the share of bad answers that both sides are assumed to give."""

    rule: str
    plan: Plan
    margin: int | None
    share: float


@dataclass(frozen=True, slots=True)
class Need:
    """What one rule asks of a step.

    `margin` is the difference to exclude, a share of 1; None where the canary is held against its limit
    alone. `requests` of the canary and `seconds` are missing for that when the step begins, after what
    the steps before have proved; infinite when there is no such proof.
    """

    rule: str
    margin: float | None
    requests: float
    seconds: float


@dataclass(frozen=True, slots=True)
class StepNeed:
    """What a step takes, in seconds: its `hold`, its proofs, and the `check` of the split.

    `coming` is the weight that it leads to, None from 100 %. `deadline` is when it would be given up if
    nothing came in.
    """

    weight: int
    coming: int | None
    hold: float
    check: float
    needs: tuple[Need, ...]
    takes: float
    deadline: float

    @property
    def late(self) -> bool:
        """Tell whether it cannot be left in time, if chance is as it mostly is."""
        return self.takes >= self.deadline

    @property
    def slowest(self) -> Need | None:
        """The rule that needs most; None where nothing has to be proved."""
        return max(self.needs, key=lambda need: need.requests, default=None)


def needs(spec: Spec, rate: float, scrape: float, stable: Service) -> tuple[StepNeed, ...]:
    """What each step asks of a canary that is as good as stable, at `rate` requests/s of all users.

    A proof starts at a capital of 1 and must reach 1/beta. Each canary request multiplies it by e^KL on
    average, so it needs n = ln(1/beta) / KL canary requests, where

        KL = min over s of KL(p || s + margin) + (1 - w)/w KL(p || s)

    is how far the truth, a share p of bad answers on both sides, lies from the nearest point of the null:
    per canary request, of which each has (1 - w)/w of stable beside it at weight w. Turner, Ly & Grunwald,
    arXiv 2106.02693; the sequential test's mean length is Wald's (1945). All proofs run from the first
    step on, so later steps need less than n.
    """
    watch = watched(spec)
    missing = dict.fromkeys(_proofs(watch, stable), log(1 / watch.beta))
    found: list[StepNeed] = []
    for index, step in enumerate(spec.steps):
        own = rate * step.weight / 100
        margin = index if watch.weights else None
        asked = [proof for proof in missing if proof.margin == margin]
        needed = tuple(_need(proof, missing[proof], step.weight, own) for proof in asked)
        found.append(_step(spec, index, needed, rate, scrape))
        if found[-1].takes < inf:
            passed = own * found[-1].takes
            missing = {proof: left - passed * _growth(proof, step.weight) for proof, left in missing.items()}
    return tuple(found)


def _proofs(watch: Watch, stable: Service) -> Iterator[_Proof]:
    """Every proof that a promotion asks for; with one step only, that the canary keeps its limits."""
    shares = {"errors": stable.errors, "latency": stable.slow, PREDICTIONS: 0.0}
    margins: tuple[int | None, ...] = tuple(range(len(watch.weights))) or (None,)
    for rule, _ in watch.metrics:
        for margin in margins:
            yield _Proof(rule, watch.plans[rule], margin, shares[rule])


def _growth(proof: _Proof, weight: int) -> float:
    """What one canary request at `weight` adds to the log of a proof: the KL of `needs`."""
    seen = Decayed(proof.share * _LONG_KNOWN, _LONG_KNOWN, _LONG_KNOWN)
    known = comparison.begin(proof.plan)._replace(
        stable=(seen,) * len(proof.plan.half_lives),
        canary=seen,
        total=Tally(weight, 0, 100 - weight, 0),
    )
    return comparison.growth(known, proof.plan, proof.margin)


def _need(proof: _Proof, missing: float, weight: int, rate: float) -> Need:
    excluded = None if proof.margin is None else proof.plan.margins[proof.margin]
    growth = _growth(proof, weight)
    requests = max(0, ceil(missing / growth)) if growth > 0 else inf
    return Need(proof.rule, excluded, requests, _seconds(requests, rate))


def _step(spec: Spec, index: int, asked: tuple[Need, ...], rate: float, scrape: float) -> StepNeed:
    step, later = spec.steps[index], spec.steps[index + 1 :]
    check = _seconds(split.requests_to_notice(step.weight), rate)
    least = max(step.hold, check, scrape, *(need.seconds for need in asked))
    return StepNeed(
        weight=step.weight,
        coming=later[0].weight if later else None,
        hold=step.hold,
        check=check,
        needs=asked,
        takes=scrape * ceil(least / scrape) if least < inf else inf,
        deadline=step.hold + spec.progress_deadline,
    )


def _seconds(requests: float, rate: float) -> float:
    if not requests:
        return 0.0
    return requests / rate if rate else inf
