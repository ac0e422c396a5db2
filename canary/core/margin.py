"""Two shares of bad answers, compared with a margin: one likelihood ratio that is safe to look at often.

The e-variable is that of Turner, Ly & Grünwald (arXiv 2106.02693) for two Bernoulli streams, with the
linear boundaries of Turner & Grünwald (arXiv 2203.09785): the likelihood of an alternative that was chosen
before the data, divided by that of the point of the null nearest to it. Its expectation is at most 1 under
every point of the null, so the product over all ticks may be looked at as often as one likes.
"""

from __future__ import annotations

from math import acos, copysign, cos, log, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_SHARE = 1e-6
MOST_SHARE = 1 - 1e-3
_EDGE = 1e-12  # the nearest point lies inside the unit square: only rounding can put it on the edge


class Tally(NamedTuple):
    """What one tick counted: requests and bad answers, canary and stable over the same time."""

    canary: float
    canary_bad: float
    stable: float
    stable_bad: float


def nearest(weights: tuple[float, float], shares: tuple[float, float], margin: float) -> tuple[float, float]:
    """Project (canary, stable) on the line canary = stable + `margin`.

    Minimises n_c KL(t_c || s + margin) + n_s KL(t_s || s). Setting the derivative to 0 gives a cubic in
    s whose root inside the unit square has a closed form (Miettinen & Nurminen 1985, the constrained
    estimate of a rate difference); for a margin of 0 it is the pooled share.
    """
    canary, stable = weights
    both = canary + stable
    bad_stable = stable * shares[1]
    bad = canary * shares[0] + bad_stable
    if margin == 0:
        return bad / both, bad / both
    third = 3 * both
    shift = ((canary + 2 * stable) * margin - both - bad) / third
    linear = ((stable * margin - both - 2 * bad_stable) * margin + bad) / third
    half = shift * (shift * shift - 1.5 * linear) + 0.5 * bad_stable * margin * (1 - margin) / both
    radius = sqrt(max(0.0, shift * shift - linear))
    turn = abs(half) / radius**3 if radius else 0.0
    point = 2 * copysign(radius, half) * cos((pi + acos(turn if turn < 1 else 1.0)) / 3) - shift
    point = min(1 - _EDGE - margin, max(_EDGE, point))
    return point + margin, point


def log_e(tally: Tally, canary_shares: Sequence[float], stable_share: float, margin: float) -> list[float]:
    """Logs of the e-variables for each alternative (canary share, stable share), `margin` >= 0 apart.

    Any finite counts are allowed; with none on one side the answers are 0, which says nothing.
    """
    canary, canary_bad, stable, stable_bad = tally
    if canary <= 0 or stable <= 0:
        return [0.0] * len(canary_shares)
    weights, canary_good, stable_good = (canary, stable), canary - canary_bad, stable - stable_bad
    base = stable_good * log(1 - stable_share) + stable_bad * log(stable_share)
    found = []
    for share in canary_shares:
        null_canary, null_stable = nearest(weights, (share, stable_share), margin)
        won = base + canary_good * log((1 - share) / (1 - null_canary)) - stable_good * log(1 - null_stable)
        if canary_bad:
            won += canary_bad * log(share / null_canary)
        found.append(won - stable_bad * log(null_stable) if stable_bad else won)
    return found


def log_e_alone(tally: Tally, alternative: float, limit: float) -> float:
    """Log of the likelihood ratio of the canary alone against a known `limit`; the same guarantee."""
    canary, canary_bad, _, _ = tally
    good = (canary - canary_bad) * log((1 - alternative) / (1 - limit))
    return good + canary_bad * log(alternative / limit) if canary_bad else good
