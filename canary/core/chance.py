"""Chance without randomness: a number between 0 and 1 in, a count with the right distribution out."""

from __future__ import annotations

from math import exp, lgamma, log, log1p
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NEGLIGIBLE = 1e-20  # far below the distance of two neighbouring doubles under 1


def binomial(uniform: float, trials: int, share: float) -> int:
    """Turn `uniform`, from [0, 1), into how many of `trials` happen that each happen with chance `share`.

    Inversion outwards from the mode, so about sqrt(trials * share) additions; exact but for the rounding
    of doubles. Source: Kemp 1986, A modal method for generating binomial variables.
    """
    if trials <= 0 or share <= 0:
        return 0
    if share >= 1:
        return trials
    odds, mode = share / (1 - share), min(trials, int((trials + 1) * share))
    ways = lgamma(trials + 1) - lgamma(mode + 1) - lgamma(trials - mode + 1)
    mass = exp(ways + mode * log(share) + (trials - mode) * log1p(-share))
    return _outwards(
        uniform, mode, mass, lambda k: odds * (trials - k) / (k + 1), lambda k: k / (odds * (trials - k + 1))
    )


def poisson(uniform: float, mean: float) -> int:
    """Turn `uniform`, from [0, 1), into how many arrive where `mean` are expected, one by one.

    As `binomial`. Source: Kemp & Kemp 1991, Poisson random variate generation.
    """
    if mean <= 0:
        return 0
    mode = int(mean)
    mass = exp(mode * log(mean) - mean - lgamma(mode + 1))
    return _outwards(uniform, mode, mass, lambda k: mean / (k + 1), lambda k: k / mean)


def _outwards(
    uniform: float, mode: int, mass: float, up: Callable[[int], float], down: Callable[[int], float]
) -> int:
    """Lay the chances of all counts side by side, the likeliest first, and see where `uniform` falls.

    `up` and `down` are what a count's chance is multiplied by to get its neighbour's; they are 0 at the ends.
    """
    left = uniform - mass
    above = below = mode
    mass_above = mass_below = mass
    while left >= 0 and max(mass_above, mass_below) > _NEGLIGIBLE:
        mass_above *= up(above)
        above += 1
        left -= mass_above
        if left < 0:
            return above
        mass_below *= down(below)
        below -= 1
        left -= mass_below
        if left < 0:
            return below
    return mode  # also for the last of all numbers below 1, which rounding may leave without a place
