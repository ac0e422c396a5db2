"""Counts drawn by hand have exactly the distribution that they claim."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import comb, exp, lgamma, log

import pytest

from canary.core.chance import binomial, poisson

FINE = 20_000
EVENLY = [(number + 0.5) / FINE for number in range(FINE)]
LAST = 1 - 2**-53


def exactly(trials: int, share: float, count: int) -> float:
    chance = Fraction(share)
    return float(comb(trials, count) * chance**count * (1 - chance) ** (trials - count))


@pytest.mark.parametrize(
    ("trials", "share"),
    [(1, 0.5), (2, 0.9), (7, 0.3), (50, 0.001), (450, 0.001), (450, 0.999), (1000, 0.5)],
)
def test_evenly_spread_numbers_give_binomial_counts(trials: int, share: float) -> None:
    found = Counter(binomial(uniform, trials, share) for uniform in EVENLY)
    for count in range(trials + 1):
        assert found[count] / FINE == pytest.approx(exactly(trials, share, count), abs=1.01 / FINE)


@pytest.mark.parametrize("mean", [0.01, 1.0, 2.5, 25.0, 500.0])
def test_evenly_spread_numbers_give_poisson_counts(mean: float) -> None:
    found = Counter(poisson(uniform, mean) for uniform in EVENLY)
    for count in range(1000):
        expected = exp(count * log(mean) - mean - lgamma(count + 1))
        assert found[count] / FINE == pytest.approx(expected, abs=1.01 / FINE)


@pytest.mark.parametrize(
    ("trials", "share", "count"), [(0, 0.5, 0), (-1, 0.5, 0), (9, 0.0, 0), (9, 1.0, 9), (9, LAST, 9)]
)
@pytest.mark.parametrize("uniform", [0.0, 0.5, 0.999])
def test_what_is_certain_is_certain(uniform: float, trials: int, share: float, count: int) -> None:
    assert binomial(uniform, trials, share) == count


def test_nobody_comes_where_nobody_is_expected() -> None:
    assert poisson(0.999, 0.0) == 0


@pytest.mark.parametrize("uniform", [0.0, LAST])
def test_the_ends_of_the_numbers_give_counts_that_can_be(uniform: float) -> None:
    assert all(0 <= binomial(uniform, trials, 0.3) <= trials for trials in range(1, 400))
    assert all(0 <= poisson(uniform, mean) <= mean + 12 * mean**0.5 + 40 for mean in (0.1, 3.0, 1e3, 1e6))
