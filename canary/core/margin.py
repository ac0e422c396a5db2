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
_SMALL = 1e-3  # below, the closed form loses digits that one step of Newton's method finds again


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
    (point,) = _nearest(weights, shares[:1], shares[1], margin)
    return point + margin, point


def log_e(tally: Tally, canary_shares: Sequence[float], stable_share: float, margin: float) -> list[float]:
    """Logs of the e-variables for each alternative (canary share, stable share), `margin` >= 0 apart.

    Any finite counts are allowed; with none on one side the answers are 0, which says nothing.
    """
    canary, canary_bad, stable, stable_bad = tally
    if canary <= 0 or stable <= 0:
        return [0.0] * len(canary_shares)
    canary_good, stable_good = canary - canary_bad, stable - stable_bad
    base = stable_good * log(1 - stable_share) + stable_bad * log(stable_share)
    if margin == 0:
        return _log_e_pooled(tally, canary_shares, stable_share, base)
    found = []
    points = _nearest((canary, stable), canary_shares, stable_share, margin)
    for share, null in zip(canary_shares, points, strict=True):
        won = base + canary_good * log((1 - share) / (1 - null - margin)) - stable_good * log(1 - null)
        if canary_bad:
            won += canary_bad * log(share / (null + margin))
        found.append(won - stable_bad * log(null) if stable_bad else won)
    return found


def _log_e_pooled(
    tally: Tally, canary_shares: Sequence[float], stable_share: float, base: float
) -> list[float]:
    """`log_e` without a margin, where the nearest point has one share for both sides."""
    canary, canary_bad, stable, stable_bad = tally
    both, bad, canary_good = canary + stable, canary_bad + stable_bad, canary - canary_bad
    part, rest, good = canary / both, stable * stable_share / both, both - bad
    found = []
    for share in canary_shares:
        null = part * share + rest
        won = base + canary_good * log(1 - share) - good * log(1 - null)
        if canary_bad:
            won += canary_bad * log(share)
        found.append(won - bad * log(null) if bad else won)
    return found


def _nearest(
    weights: tuple[float, float], canary_shares: Sequence[float], stable_share: float, margin: float
) -> list[float]:
    """The stable share of the nearest point for each canary share; see `nearest`."""
    part = weights[0] / (weights[0] + weights[1])
    rest = (1 - part) * stable_share
    if margin == 0:
        return [part * share + rest for share in canary_shares]
    third = part / 3
    shift, linear, last = _cubic(1 - part, rest, margin)
    most = 1 - _EDGE - margin
    return [_root(shift - third * share, linear + third * share, last, most) for share in canary_shares]


def _cubic(stable: float, bad: float, margin: float) -> tuple[float, float, float]:
    """What `_root` is asked for, but for a third of the canary's own bad answers in the first and the second.

    Everything is a part of all requests: those to `stable`, and its `bad` answers.
    """
    return (
        ((1 + stable) * margin - 1 - bad) / 3,
        ((stable * margin - 1 - 2 * bad) * margin + bad) / 3,
        0.5 * bad * margin * (1 - margin),
    )


def _root(shift: float, linear: float, last: float, most: float) -> float:
    """The root of s^3 + 3 shift s^2 + 3 linear s + 2 last that lies between 0 and `most`."""
    square = shift * shift - linear
    half = shift * (square - 0.5 * linear) + last
    radius = sqrt(square) if square > 0 else 0.0
    turn = abs(half) / (radius * square) if radius else 0.0
    point = 2 * copysign(radius, half) * cos((pi + acos(turn if turn < 1 else 1.0)) / 3) - shift
    if point < _SMALL and (steep := 3 * ((point + 2 * shift) * point + linear)):
        point -= (((point + 3 * shift) * point + 3 * linear) * point + 2 * last) / steep
    return point if _EDGE < point < most else min(most, max(_EDGE, point))


def log_e_equal(tally: Tally, share: float, margins: Sequence[float]) -> list[float]:
    """`log_e` of one alternative, the same `share` on both sides, for each of the `margins` above 0."""
    canary, canary_bad, stable, stable_bad = tally
    if canary <= 0 or stable <= 0:
        return [0.0] * len(margins)
    both, bad = canary + stable, canary_bad + stable_bad
    canary_good, stable_good = canary - canary_bad, stable - stable_bad
    base = (both - bad) * log(1 - share) + bad * log(share)
    part = stable / both
    third, rest = (1 - part) * share / 3, part * share
    found = []
    for margin in margins:
        shift, linear, last = _cubic(part, rest, margin)
        null = _root(shift - third, linear + third, last, 1 - _EDGE - margin)
        won = base - canary_good * log(1 - null - margin) - stable_good * log(1 - null)
        if canary_bad:
            won -= canary_bad * log(null + margin)
        found.append(won - stable_bad * log(null) if stable_bad else won)
    return found


def log_e_alone(tally: Tally, alternative: float, limit: float) -> float:
    """Log of the likelihood ratio of the canary alone against a known `limit`; the same guarantee."""
    canary, canary_bad, _, _ = tally
    good = (canary - canary_bad) * log((1 - alternative) / (1 - limit))
    return good + canary_bad * log(alternative / limit) if canary_bad else good
