"""One tick's likelihood ratio: the projection is the nearest point, and the expectation is at most 1."""

from __future__ import annotations

from itertools import product
from math import comb, exp, isfinite, log, log1p
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.core.margin import MOST_SHARE, Tally, log_e, log_e_alone, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

Shares = tuple[float, float]

COUNTS = st.integers(min_value=1, max_value=10_000_000)
SHARES = st.floats(min_value=1e-9, max_value=MOST_SHARE) | st.sampled_from(
    [1e-9, 1e-4, 0.01, 0.5, MOST_SHARE]
)
MARGINS = st.floats(min_value=1e-4, max_value=0.9) | st.sampled_from([0.005, 0.01, 0.02, 0.05])
ROUNDING = 1e-9
ROUNDED_OFTEN = 1e-5  # the rounding of a point, once for each of many bad answers


def divergence(one: float, other: float) -> float:
    """Kullback-Leibler divergence of two Bernoulli distributions."""
    return one * log(one / other) + (1 - one) * log((1 - one) / (1 - other))


def smallest(function: Callable[[float], float], low: float, high: float) -> float:
    """The least value of a convex function, by cutting the interval in thirds."""
    for _ in range(300):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if function(left) < function(right) else (left, high)
    return function((low + high) / 2)


def chance(bad: int, total: int, share: float) -> float:
    return comb(total, bad) * share**bad * (1 - share) ** (total - bad)


def enumerated(weights: tuple[int, int], bet: Shares, margin: float, truth: Shares) -> float:
    """E[e] summed over everything that so few requests can do."""
    canary, stable = weights
    return sum(
        chance(x_c, canary, truth[0])
        * chance(x_s, stable, truth[1])
        * exp(log_e(Tally(canary, x_c, stable, x_s), (bet[0],), bet[1], margin)[0])
        for x_c, x_s in product(range(canary + 1), range(stable + 1))
    )


def expected(weights: tuple[int, int], bet: Shares, margin: float, truth: Shares) -> float:
    """E[e] for any counts: log e is linear in them, so it is a product of powers."""

    def logged(canary_bad: int, stable_bad: int) -> float:
        tally = Tally(weights[0], canary_bad, weights[1], stable_bad)
        return log_e(tally, (bet[0],), bet[1], margin)[0]

    nothing = logged(0, 0)
    by_canary = weights[0] * log1p(truth[0] * (exp(logged(1, 0) - nothing) - 1))
    by_stable = weights[1] * log1p(truth[1] * (exp(logged(0, 1) - nothing) - 1))
    return exp(nothing + by_canary + by_stable)


# --- the projection -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(COUNTS, COUNTS, SHARES, SHARES, MARGINS)
def test_the_projection_is_the_nearest_point_of_the_line(
    canary: int, stable: int, bad: float, usual: float, margin: float
) -> None:
    def distance(point: float) -> float:
        both = canary * divergence(bad, point + margin) + stable * divergence(usual, point)
        return both / (canary + stable)

    found_canary, found_stable = nearest((canary, stable), (bad, usual), margin)
    assert found_canary == found_stable + margin
    assert 0 < found_stable < 1 - margin
    assert distance(found_stable) <= smallest(distance, 1e-12, 1 - margin - 1e-12) + ROUNDING


@given(COUNTS, COUNTS, SHARES, SHARES)
def test_without_a_margin_the_projection_is_the_pooled_share(
    canary: int, stable: int, bad: float, usual: float
) -> None:
    pooled = (canary * bad + stable * usual) / (canary + stable)
    assert nearest((canary, stable), (bad, usual), 0.0) == pytest.approx((pooled, pooled))


def test_a_small_margin_leads_to_the_pooled_share() -> None:
    near, pooled = (nearest((100, 900), (0.05, 0.01), margin)[1] for margin in (1e-9, 0.0))
    assert near == pytest.approx(pooled, abs=1e-8)


# --- the guarantee --------------------------------------------------------------------------

WEIGHTS = [(1, 1), (1, 9), (3, 4), (6, 2)]
MANY = [(1, 1_000_000), (150, 1350), (5000, 5000), (1_000_000, 40)]
WORSE = [(0.3, 0.01), (0.02, 0.0001), (0.999, 0.2), (0.06, 0.0)]


def on_the_boundary(margin: float) -> list[Shares]:
    return [(usual + margin, usual) for usual in (0.0, 1e-7, 0.001, 0.01, 0.2, 0.7, 1 - margin)]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("margin", [0.0, 0.005, 0.02, 0.1])
def test_a_bet_against_the_canary_wins_nothing_on_average_at_the_boundary(
    weights: tuple[int, int], margin: float
) -> None:
    bets = [(usual + worse, usual) for worse, usual in ((0.15, 0.01), (0.3, 0.3), (0.11, 0.001))]
    for bet, truth in product(bets, on_the_boundary(margin)):
        assert enumerated(weights, bet, margin, truth) <= 1 + ROUNDING


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("margin", [0.005, 0.02, 0.1])
def test_a_proof_wins_nothing_on_average_when_the_canary_is_worse_by_the_margin(
    weights: tuple[int, int], margin: float
) -> None:
    for usual, truth in product((1e-9, 0.002, 0.05, 0.4, MOST_SHARE), on_the_boundary(margin)):
        assert enumerated(weights, (usual, usual), margin, truth) <= 1 + ROUNDING


@pytest.mark.parametrize("weights", MANY)
@pytest.mark.parametrize("margin", [0.0, 0.005, 0.02])
def test_nor_does_it_with_very_many_requests_and_very_rare_failures(
    weights: tuple[int, int], margin: float
) -> None:
    for usual, truth in product((1e-9, 1e-7, 1e-4, 0.01), on_the_boundary(margin)):
        assert expected(weights, (usual + margin + 0.05, usual), margin, truth) <= 1 + ROUNDED_OFTEN
        assert expected(weights, (usual, usual), margin, truth) <= 1 + ROUNDED_OFTEN


@settings(deadline=None)
@given(
    st.tuples(st.integers(min_value=1, max_value=1000), st.integers(min_value=1, max_value=1000)),
    st.floats(min_value=1e-9, max_value=0.4),
    st.sampled_from([0.0025, 0.05, 0.5]),
    MARGINS,
    st.tuples(st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1)),
)
def test_no_point_of_the_null_lets_a_bet_win(
    weights: tuple[int, int], usual: float, worse: float, margin: float, place: Shares
) -> None:
    known = place[0] * (1 - margin)
    boundary = min(1.0, known + margin)
    beyond = boundary + (1 - boundary) * place[1]
    assert expected(weights, (usual, usual), margin, (beyond, known)) <= 1 + ROUNDED_OFTEN
    if worse > margin:
        within = boundary * place[1]
        assert expected(weights, (usual + worse, usual), margin, (within, known)) <= 1 + ROUNDED_OFTEN


@pytest.mark.parametrize("requests", [1, 4, 9])
@pytest.mark.parametrize("limit", [1e-6, 0.01, 0.3])
def test_alone_the_limit_is_the_boundary_for_both_bets(requests: int, limit: float) -> None:
    for bet in (limit / 4, limit + 0.02, 0.95):
        within = [limit * part for part in (0.0, 0.5, 1.0)] if bet > limit else [limit, 0.5, 1.0]
        for truth in within:
            wins = [
                chance(bad, requests, truth) * exp(log_e_alone(Tally(requests, bad, 0, 0), bet, limit))
                for bad in range(requests + 1)
            ]
            assert sum(wins) <= 1 + ROUNDING


# --- what it says ---------------------------------------------------------------------------


def test_evidence_grows_with_what_the_bet_foresaw() -> None:
    calm, bad, worse = (log_e(Tally(50, x, 450, 1), (0.2,), 0.002, 0.0)[0] for x in (0, 10, 20))
    assert calm < 0 < bad < worse


def test_the_parts_of_a_tick_say_what_the_whole_says() -> None:
    bets = ((0.05, 0.3), 0.01, 0.02)
    parts = [log_e(Tally(10, x, 90, 1), *bets) for x in (0, 2, 1)]
    whole = log_e(Tally(30, 3, 270, 3), *bets)
    assert [sum(each) for each in zip(*parts, strict=True)] == pytest.approx(whole)


@pytest.mark.parametrize("tally", [Tally(0, 0, 50, 3), Tally(50, 3, 0, 0), Tally(0, 0, 0, 0)])
def test_one_side_says_nothing(tally: Tally) -> None:
    assert log_e(tally, (0.05, 0.3), 0.01, 0.0) == [0.0, 0.0]


@settings(deadline=None)
@given(COUNTS, COUNTS, SHARES, SHARES, st.just(0.0) | MARGINS)
def test_every_answer_is_a_number(canary: int, stable: int, bad: float, usual: float, margin: float) -> None:
    for x_c, x_s in product((0, canary), (0, stable)):
        assert isfinite(log_e(Tally(canary, x_c, stable, x_s), (bad,), usual, margin)[0])
