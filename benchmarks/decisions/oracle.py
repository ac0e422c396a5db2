"""How long somebody would need who knew both true shares of bad answers from the start.

The bets of Serin's engine are the best there are for one who knows (they grow fastest under the truth:
Turner, Ly & Grunwald, arXiv 2106.02693), so what such an oracle needs on average is about the least
that any method with the same guarantee needs. A goal below that asks for more than the requests tell.
"""

from __future__ import annotations

from math import log

from benchmarks.decisions.ours import RULES, STEPS
from benchmarks.decisions.world import HORIZON, SCRAPE
from canary.core.margin import Tally, log_e

_CERTAIN = -log(1 - RULES.confidence)


def seconds_back(rate: float, base: float, added: float) -> int:
    """Until a canary with `added` more bad answers goes back, at the weight of the first step."""
    gained = _gained(rate, STEPS[0].weight, (base + added, base), 0.0)
    return _ticks(_CERTAIN / gained) * SCRAPE


def seconds_up(rate: float, base: float) -> int:
    """Until a canary like stable is promoted, for the rule on errors alone; three hours at most."""
    proofs = dict.fromkeys((step.weight for step in STEPS[1:]), 0.0)
    step, held = 0, 0
    for number in range(HORIZON):
        for weight in proofs:
            proofs[weight] += _gained(rate, STEPS[step].weight, (base, base), 100 * RULES.risk / weight)
        held += SCRAPE
        if held >= STEPS[step].hold and proofs[STEPS[step + 1].weight] >= _CERTAIN:
            step, held = step + 1, 0
        if step == len(STEPS) - 1:
            return SCRAPE * (number + 1)
    return SCRAPE * HORIZON


def _gained(rate: float, weight: int, shares: tuple[float, float], margin: float) -> float:
    """What an average tick adds to the log of the capital of one who bets on the true shares."""
    canary, stable = rate * SCRAPE * weight / 100, rate * SCRAPE * (100 - weight) / 100
    return log_e(
        Tally(canary, canary * shares[0], stable, stable * shares[1]), shares[:1], shares[1], margin
    )[0]


def _ticks(count: float) -> int:
    return max(1, -int(-count // 1))
