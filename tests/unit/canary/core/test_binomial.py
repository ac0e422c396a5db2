from __future__ import annotations

from fractions import Fraction
from math import comb
from time import process_time

import pytest

from canary.core.binomial import lower_tail, rate_at_most, upper_tail


def exact(successes: int, trials: int, rate: Fraction) -> float:
    """The same sum in fractions, without any rounding."""
    parts = (
        comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(max(0, successes), trials + 1)
    )
    return float(sum(parts))


@pytest.mark.parametrize("trials", [1, 5, 20, 137])
@pytest.mark.parametrize("rate", [Fraction(1, 1000), Fraction(1, 100), Fraction(1, 2), Fraction(99, 100)])
def test_both_tails_are_exact(trials: int, rate: Fraction) -> None:
    for successes in range(-1, trials + 2):
        upper = exact(successes, trials, rate)
        assert upper_tail(successes, trials, float(rate)) == pytest.approx(upper, rel=1e-9, abs=1e-15)
        assert lower_tail(successes - 1, trials, float(rate)) == pytest.approx(1 - upper, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "rate", "tail"),
    [(0, 0.0, 1.0), (1, 0.0, 0.0), (10, 1.0, 1.0), (11, 1.0, 0.0), (3, 1.0, 1.0)],
)
def test_certain_rates(successes: int, rate: float, tail: float) -> None:
    assert upper_tail(successes, 10, rate) == tail


@pytest.mark.parametrize(
    ("successes", "rate", "low", "high"),
    [
        (100_000, 0.01, 0.499, 0.502),
        (100_973, 0.01, 0.0009, 0.00112),
        (10_000_000, 0.01, 0.0, 1e-300),
        (200_000, 0.01, 0.0, 1e-300),
        (5_000_000, 0.5, 0.5, 0.501),
    ],
)
def test_ten_million_requests_take_milliseconds(successes: int, rate: float, low: float, high: float) -> None:
    begun = process_time()
    tail = upper_tail(successes, 10_000_000, rate)
    assert process_time() - begun < 5
    assert low <= tail <= high


@pytest.mark.parametrize("trials", [1, 20, 500])
def test_the_bound_holds_and_falls_with_the_number_of_trials(trials: int) -> None:
    for successes in (0, trials // 2, trials):
        bound = rate_at_most(successes, trials, 0.01)
        assert successes / trials <= bound <= 1
        assert successes == trials or lower_tail(successes, trials, bound) <= 0.01 + 1e-12
    assert rate_at_most(0, trials, 0.01) == pytest.approx(1 - 0.01 ** (1 / trials))
