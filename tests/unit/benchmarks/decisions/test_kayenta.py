"""What is known about Kayenta's judge, and the test of ranks that it rests on."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from scipy import stats

from benchmarks.decisions.play import Move
from benchmarks.decisions.rivals.kayenta import kayenta, passes, score
from benchmarks.decisions.rivals.mann_whitney import rank_sum_deviation, shift

from .stage import side, tick, walk

RNG = np.random.default_rng(7)


def test_sparse_errors_in_few_points_pass() -> None:
    """Most points are 0 on both sides, so the median of all differences is 0 whatever the others are."""
    canary, baseline = np.zeros(180), np.zeros(180)
    canary[::6] = 40.0
    assert passes(canary, baseline)


def test_identical_arrays_pass() -> None:
    points = RNG.random(60)
    assert passes(points, points[::-1])
    assert passes(np.full(60, 3.0), np.full(60, 3.0))


@pytest.mark.parametrize("factor", [1.0, 100.0, 1e-4])
@pytest.mark.parametrize("worse", [0.0, 0.002, 0.004, 0.02])
def test_the_verdict_does_not_depend_on_percent_or_fraction(factor: float, worse: float) -> None:
    rng = np.random.default_rng(3)
    canary, baseline = rng.gamma(2, 0.01, 60) + worse, rng.gamma(2, 0.01, 60)
    assert passes(factor * canary, factor * baseline) == passes(canary, baseline)


def test_a_clear_difference_fails_upwards_only() -> None:
    low, high = RNG.normal(100, 5, 60), RNG.normal(120, 5, 60)
    assert not passes(high, low)
    assert passes(low, high)


def test_the_score_is_the_share_of_metrics_that_pass() -> None:
    same, high = RNG.normal(100, 5, (60, 2)), RNG.normal(120, 5, 60)
    points = np.stack(
        (np.stack((same[:, 0], high), axis=1), np.stack((same[:, 0], same[:, 1]), axis=1)), axis=1
    )
    assert score(points) == 50


def test_points_without_data_are_left_out() -> None:
    points = np.full((60, 2, 2), nan)
    assert score(points) is None
    points[:, :, 0] = 1.0
    assert score(points) == 100


def test_it_judges_each_hour_and_promotes_after_three() -> None:
    good = [tick(number, side(100)) for number in range(720)]
    assert walk(kayenta(()), good) == [(15, Move(10)), (10800, Move(100))]


def test_it_goes_back_at_the_first_hour_that_is_bad() -> None:
    bad = [tick(number, side(100, errors=50), baseline=side(100)) for number in range(720)]
    assert walk(kayenta(()), bad)[-1] == (3600, Move(0, "metrics"))


@pytest.mark.parametrize("canary", [None, side(0)])
def test_no_data_at_all_scores_nothing(canary: object) -> None:
    idle = [tick(number, canary) for number in range(720)]  # type: ignore[arg-type]
    assert walk(kayenta(()), idle)[-1] == (3600, Move(0, "no data"))


def test_a_judgement_that_cannot_ask_fails() -> None:
    blind = [tick(number, side(100), reachable=number < 100) for number in range(720)]
    assert walk(kayenta(()), blind)[-1] == (3600, Move(0, "no data"))


def test_the_estimate_is_the_median_of_all_differences() -> None:
    found = shift(np.array([4.0, 6.0, 9.0]), np.array([1.0, 2.0]), 0.5)
    assert found.estimate == 4.5


def test_few_values_exclude_nothing() -> None:
    assert shift(np.array([9.0]), np.array([1.0]), 0.98)[:2] == (-inf, inf)


def test_the_interval_holds_what_the_rank_test_does_not_reject() -> None:
    one, two = RNG.normal(0.5, 1, 40), RNG.normal(0, 1, 50)
    found = shift(one, two, 0.98)

    def p_value(moved: float) -> float:
        result = stats.mannwhitneyu(one - moved, two, method="asymptotic", use_continuity=False)
        return float(result.pvalue)

    assert p_value(found.low - 0.01) < 0.02 < p_value(found.low + 0.01)
    assert p_value(found.high + 0.01) < 0.02 < p_value(found.high - 0.01)


@pytest.mark.parametrize("digits", [0, 1, 6])
def test_ties_make_the_rank_sum_vary_less(digits: int) -> None:
    """The normal approximation of scipy, solved for the deviation that it divides by."""
    one, two = RNG.normal(0.3, 1, 40).round(digits), RNG.normal(0, 1, 50).round(digits)
    result = stats.mannwhitneyu(one, two, method="asymptotic", use_continuity=False)
    z = stats.norm.isf(result.pvalue / 2)
    deviation = abs(result.statistic - one.size * two.size / 2) / z
    assert rank_sum_deviation(one, two) == pytest.approx(deviation)
