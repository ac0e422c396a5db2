"""Bets over many ticks: fair however one looks, patient with a noisy canary, and never too late."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import accumulate, product
from math import comb, exp, inf, isfinite, log
from statistics import median
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from canary.core.comparison import (
    ENOUGH,
    Comparison,
    Plan,
    advance,
    begin,
    growth,
    log_mean,
    starting,
)
from canary.core.margin import Tally
from canary.core.past import Decayed, Noise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

Shares = tuple[float, float]

PLAN = Plan(tolerance=0.0, limit=0.01, margins=(0.02, 0.01, 0.005))
SURE = log(100)
ROUNDING = 1e-9


def after(
    *ticks: Tally,
    plan: Plan = PLAN,
    past: Comparison | None = None,
    seconds: float = 5.0,
    alone: bool = False,
) -> Comparison:
    known = begin(plan) if past is None else past
    for tick in ticks:
        known = advance(known, plan, tick, seconds, alone=alone)
    return known


def history(bad: float, requests: float = 9000.0) -> Tally:
    """What stable did before its canary met anybody."""
    return Tally(0, 0, requests, bad)


# --- the guarantee: everything that small releases can do, summed up ------------------------


def mean_capital(
    plan: Plan,
    past: Comparison,
    course: Sequence[tuple[tuple[int, int], Shares]],
    capital: Callable[[Comparison], float],
    *,
    alone: bool = False,
) -> float:
    """Of everything that can happen in ticks of so many requests, where answers are bad with these shares."""
    if not course:
        return exp(capital(past))
    ((canary, stable), truth), *rest = course
    total = 0.0
    for x_c, x_s in product(range(canary + 1), range(stable + 1)):
        if chance := likely(x_c, canary, truth[0]) * likely(x_s, stable, truth[1]):
            known = after(Tally(canary, x_c, stable, x_s), plan=plan, past=past, alone=alone)
            total += chance * mean_capital(plan, known, rest, capital, alone=alone)
    return total


def likely(bad: int, total: int, share: float) -> float:
    return comb(total, bad) * share**bad * (1 - share) ** (total - bad)


WHOLE = [(2, 4), (1, 2), (1, 2)]
PARTS = [(1, 2), (1, 2), (1, 1), (1, 3)]
APART = [(1, 0), (0, 3), (1, 1), (0, 2), (0, 1), (2, 0), (0, 1)]
CUTS = pytest.mark.parametrize("sizes", [WHOLE, PARTS, APART], ids=["whole ticks", "in parts", "by sides"])
PASTS = {
    "none": (),
    "calm": (history(9),),
    "noisy": (history(9), history(200), history(1), history(180)),
}


@pytest.fixture(params=PASTS.values(), ids=PASTS)
def ticks(request: pytest.FixtureRequest) -> tuple[Tally, ...]:
    found: tuple[Tally, ...] = request.param
    return found


@CUTS
@pytest.mark.parametrize("usual", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("tolerance", [0.0, 0.02])
def test_a_canary_that_is_tolerated_wins_no_bet_against_it(
    ticks: tuple[Tally, ...], sizes: Sequence[tuple[int, int]], usual: float, tolerance: float
) -> None:
    plan = Plan(tolerance, None, ())
    course = [(size, (usual + tolerance, usual)) for size in sizes]
    assert mean_capital(plan, after(*ticks, plan=plan), course, Comparison.against) <= 1 + ROUNDING


NO_RELATIVE_BETS = Plan(tolerance=1.0, limit=0.05, margins=())


@pytest.mark.parametrize(
    "truths",
    [
        [(0.05, 0.0)] * 3,
        [(0.05, 0.4)] * 3,
        [(0.6, 0.6)] * 3,
        [(0.05, 0.0), (0.6, 0.6), (0.05, 0.9)],
        [(0.0, 0.0), (1.0, 1.0), (0.05, 0.05)],
    ],
    ids=["at its limit", "stable is ill", "both are ill", "now this, now that", "an incident of both"],
)
def test_neither_keeping_its_limit_nor_being_ill_with_stable_is_held_against_a_canary(
    ticks: tuple[Tally, ...], truths: Sequence[Shares]
) -> None:
    past, course = after(*ticks, plan=NO_RELATIVE_BETS), list(zip([(2, 2)] * 3, truths, strict=True))
    assert mean_capital(NO_RELATIVE_BETS, past, course, Comparison.against) <= 1 + ROUNDING


@CUTS
@pytest.mark.parametrize("margin", [0.005, 0.1])
@pytest.mark.parametrize("usual", [0.0, 0.01, 0.3])
def test_a_canary_that_is_worse_by_the_margin_proves_nothing(
    ticks: tuple[Tally, ...], sizes: Sequence[tuple[int, int]], margin: float, usual: float
) -> None:
    plan = Plan(0.0, None, (margin,))
    course = [(size, (usual + margin, usual)) for size in sizes]
    past = after(*ticks, plan=plan)
    assert mean_capital(plan, past, course, lambda known: known.proof(plan, 0)) <= 1 + ROUNDING


@pytest.mark.parametrize("limit", [0.0, 0.05, 0.5])
def test_alone_a_canary_at_its_limit_wins_neither_bet(ticks: tuple[Tally, ...], limit: float) -> None:
    plan = replace(NO_RELATIVE_BETS, limit=limit, tolerance=0.0, differences=())
    past = after(*ticks, plan=plan)
    most = max(limit, past.stable[-1].share)
    for capital in (Comparison.against, lambda known: known.alone):
        assert mean_capital(plan, past, [((3, 0), (most, 0.0))] * 4, capital, alone=True) <= 1 + ROUNDING


@given(st.integers(min_value=1, max_value=10**7))
def test_every_tick_can_be_the_first_bad_one_and_together_they_are_certain(tick: int) -> None:
    assert starting(tick + 1) > 0
    assert starting(1) == 0.5
    assert sum(starting(each) for each in range(1, 2000)) < 1


# --- what is found, and how soon --------------------------------------------------------------


def good(requests: int = 10) -> Tally:
    return Tally(requests, 0, 9 * requests, 0)


def ticks_until_found(past: Comparison, tick: Tally, most: int = 100) -> int:
    """So many ticks of this kind until nobody doubts that the canary is bad; `most` for more."""
    courses = accumulate(
        [tick] * most, lambda known, each: advance(known, PLAN, each, 5.0, alone=False), initial=past
    )
    return next((count for count, known in enumerate(courses) if known.against() >= SURE), most)


@pytest.mark.parametrize("ticks", [0, 10, 100, 720, 5000])
def test_a_total_failure_is_found_however_late_it_begins(ticks: int) -> None:
    past = after(history(0), *[good()] * ticks)
    assert ticks_until_found(past, Tally(10, 10, 90, 0)) == 1


@pytest.mark.parametrize(("ticks", "least", "most"), [(0, 2, 12), (100, 2, 20), (5000, 2, 24)])
def test_a_canary_that_becomes_a_little_worse_is_found_too(ticks: int, least: int, most: int) -> None:
    past = after(history(9), *[Tally(50, 0, 450, 0)] * ticks)
    assert least <= ticks_until_found(past, Tally(50, 3, 450, 1)) <= most


def test_a_long_good_release_can_still_be_judged() -> None:
    long = after(history(0), *[Tally(5000, 5, 5000, 5)] * 3000)
    assert -30 < long.against() < 0
    assert long.proof(PLAN, 2) > SURE


def test_daily_swings_that_hit_both_are_nobody_s_fault() -> None:
    rng = random.Random(1)
    known = after(history(90))
    highest = -inf
    for tick in range(500):
        share = 0.01 * (1 + 0.9 * (tick % 100) / 100)
        bad = [sum(rng.random() < share for _ in range(requests)) for requests in (50, 450)]
        known = after(Tally(50, bad[0], 450, bad[1]), past=known)
        highest = max(highest, known.against())
    assert highest < SURE


def noisy(rng: Generator, requests: int, share: float) -> int:
    """Bad answers of a stretch in which their share is drawn anew: retry storms, one bad pod."""
    return int(rng.binomial(requests, min(1.0, rng.gamma(1.0, share))))


def highest_capital(seed: int, *, deaf: bool = False) -> float:
    """Of the bets against a good canary that is as noisy as stable; `deaf` when nobody allows for that."""
    rng = default_rng(seed)
    known = after(*[history(noisy(rng, 900, 0.01), 900) for _ in range(8)], seconds=15.0)
    highest = -inf
    for _ in range(60):
        tick = Tally(300, noisy(rng, 300, 0.01), 900, noisy(rng, 900, 0.01))
        known = after(tick, past=known._replace(noise=Noise()) if deaf else known, seconds=15.0)
        highest = max(highest, known.against())
    return highest


def test_of_a_hundred_noisy_good_canaries_at_most_two_are_taken_back() -> None:
    assert [highest_capital(seed) >= SURE for seed in range(300)].count(True) <= 0.02 * 300


def test_without_allowing_for_noise_some_of_them_would_be() -> None:
    assert [highest_capital(seed, deaf=True) >= SURE for seed in range(10)].count(True) > 2


def factors(rng: random.Random, *shares: float) -> list[float]:
    """How noisy stable seemed after each stretch in which it gave this share of 2,000 answers badly."""
    known, found = begin(PLAN), []
    for share in shares:
        known = after(history(sum(rng.random() < share for _ in range(2000)), 2000), past=known, seconds=15.0)
        found.append(known.noise.factor)
    return found


def test_an_incident_is_seen_once_and_is_not_noise() -> None:
    incident = factors(random.Random(3), *[0.001] * 12, *[0.031] * 40, *[0.001] * 40)
    assert max(incident) < 12, "one change of level is no proof of noise"
    assert max(incident[12 + 12 :]) < 2.5, "three minutes later it hardly counts, and neither does its end"


@pytest.mark.parametrize("variation", [0.3, 1.0])
def test_noise_is_found_as_large_as_it_is(variation: float) -> None:
    rng = random.Random(4)
    shares = [rng.gammavariate(variation**-2, 0.01 * variation**2) for _ in range(200)]
    true = 1 + 2000 * 0.01 * variation**2
    assert 0.7 * true < median(factors(rng, *shares)[20:]) < 1.3 * true


def test_a_burst_that_outlasts_a_scrape_is_noise_all_the_same() -> None:
    rng = default_rng(5)
    bursts = rng.gamma(1.0, 0.01, size=100).repeat(3)
    known = after(*[history(int(rng.binomial(700, share)), 700) for share in bursts])
    assert known.noise.factor > 0.7 * (1 + 2100 * 0.01)


def test_while_both_answer_badly_a_canary_that_is_worse_goes_back_all_the_same() -> None:
    known = after(*[history(2, 2000)] * 12, *[Tally(200, 6, 1800, 56)] * 8)
    assert known.against() < 0
    assert after(*[Tally(200, 16, 1800, 56)] * 12, past=known).against() >= SURE


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.2])
def test_calm_stable_is_hardly_taken_for_noisy(share: float) -> None:
    rng = random.Random(2)
    known = begin(PLAN)
    factors = []
    for _ in range(300):
        bad = sum(rng.random() < share for _ in range(500))
        known = after(Tally(0, 0, 500, bad), past=known)
        factors.append(known.noise.factor)
    assert sum(factors) / len(factors) < 1.35
    assert max(factors) < 2.5


# --- at all traffic: nobody to compare with ----------------------------------------------------


def alone(canary: int, bad: int) -> Tally:
    return Tally(canary, bad, 0, 0)


SLOW_PLAN = Plan(tolerance=0.02, limit=0.01, margins=())


def test_a_canary_as_slow_as_stable_was_just_before_is_not_taken_back() -> None:
    slow = after(Tally(0, 0, 2000, 120), plan=SLOW_PLAN)
    ill = after(Tally(0, 0, 2000, 1800), plan=SLOW_PLAN)
    for past, bad in ((slow, 12), (ill, 180)):
        known = after(*[alone(200, bad)] * 60, plan=SLOW_PLAN, past=past, alone=True)
        assert known.against() < 0


def test_a_canary_that_is_slower_than_stable_was_and_than_its_limit_is_taken_back() -> None:
    slow = after(Tally(0, 0, 2000, 120), plan=SLOW_PLAN)
    assert after(*[alone(200, 40)] * 5, plan=SLOW_PLAN, past=slow, alone=True).against() >= SURE


def test_alone_a_good_canary_proves_that_it_keeps_its_limit() -> None:
    known = after(*[alone(200, 0)] * 4, past=after(history(9)), alone=True)
    assert known.alone >= SURE
    assert growth(known, PLAN, None) > 0


def test_without_a_limit_nothing_is_known_of_a_canary_alone() -> None:
    plan = Plan(0.0, None, ())
    known = after(*[alone(200, 200)] * 4, plan=plan, past=after(history(9), plan=plan), alone=True)
    assert (known.ticks, known.against(), known.alone) == (0, 0.0, 0.0)


def test_what_stable_was_last_seen_to_do_is_not_forgotten_while_it_has_no_requests() -> None:
    past = after(history(90))
    known = after(*[alone(200, 0)] * 500, past=past, alone=True)
    assert known.stable == past.stable


# --- the corners ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [1.0, 0.999], ids=["everything", "nearly everything"])
def test_where_nearly_everything_is_bad_already_no_canary_can_be_worse(bad: float) -> None:
    plan = Plan(0.02, None, ())
    tick = Tally(100, 100 * bad, 900, 900 * bad)
    known = after(history(9000 * bad), *[tick] * 50, plan=plan)
    assert known.against() == pytest.approx(0, abs=ROUNDING), (
        "what is staked and what is not yet make a whole"
    )


@pytest.mark.parametrize("limit", [0.9995, 1.0])
def test_a_limit_that_allows_everything_is_never_broken(limit: float) -> None:
    plan = Plan(1.0, limit, (0.02,))
    known = after(history(9), *[Tally(100, 100, 900, 0)] * 20, plan=plan)
    assert known.against() <= ROUNDING
    assert after(*[alone(100, 100)] * 20, plan=plan, past=known, alone=True).against() <= ROUNDING


def test_a_limit_of_nothing_is_broken_by_rare_failures() -> None:
    plan = Plan(1.0, 0.0, ())
    assert after(history(0), *[Tally(100, 5, 900, 0)] * 3, plan=plan).against() >= SURE


def test_a_difference_that_is_tolerated_is_not_bet_on() -> None:
    assert Plan(0.02, None, ()).bets == ((0.05,), (0.05, 0.1, 0.3, 0.6, 0.95))
    assert Plan(1.0, None, ()).bets == ((), ())


@pytest.mark.parametrize("tick", [Tally(50, 3, 0, 0), Tally(0, 0, 50, 3), Tally(0, 0, 0, 0)])
def test_one_side_settles_no_bet(tick: Tally) -> None:
    past = after(history(9), good())
    known = after(tick, past=past)
    assert (known.ticks, known.against(), known.proofs) == (1, past.against(), past.proofs)
    assert (known.total, known.stable, known.canary) == (past.total, past.stable, past.canary)
    assert known.counted == tuple(one + two for one, two in zip(past.total, tick, strict=True))


@pytest.mark.parametrize("order", [1, -1], ids=["canary first", "stable first"])
def test_one_side_waits_for_the_other_and_both_are_settled_as_one_tick(order: int) -> None:
    past = after(history(9), good())
    sides = [Tally(50, 3, 0, 0), Tally(0, 0, 400, 1)][::order]
    apart, together = after(*sides, past=past), after(Tally(50, 3, 400, 1), past=past, seconds=10.0)
    assert apart == together


def test_who_waited_before_all_traffic_is_settled_there() -> None:
    known = after(alone(50, 0), past=after(history(9)))
    assert (known.ticks, known.counted.canary) == (0, 50)
    assert after(alone(50, 0), past=known, alone=True) == after(
        alone(100, 0), past=after(history(9)), alone=True, seconds=10.0
    )


def test_what_stable_did_before_its_canary_is_learnt_from_but_not_counted() -> None:
    known = after(history(9))
    assert known.total == (0, 0, 0, 0)
    assert known.stable[0].requests == 9000
    assert known.canary == Decayed()


def test_capital_is_paid_as_far_as_a_double_holds_it_and_is_lost_again() -> None:
    won = after(history(9), *[Tally(10**9, 10**9, 10**9, 0)] * 3)
    assert SURE < won.against() < log(1e101)
    assert max(won.relative) == max(won.absolute) == ENOUGH
    assert after(*[Tally(10**6, 0, 10**6, 10**6)] * 3, past=won).against() < SURE


def test_the_mean_of_nothing_or_of_what_was_all_lost_is_nothing() -> None:
    assert log_mean([]) == log_mean([-inf, -inf]) == -inf
    assert log_mean([0.0, -inf]) == pytest.approx(-log(2))
    assert log_mean([-5000.0, -5000.0]) == -5000.0


def test_the_rate_of_requests_is_known_when_there_are_some() -> None:
    known = after(history(9), *[good()] * 5)
    assert known.canary.seconds_for(100) == 50.0
    assert Decayed().seconds_for(100) is None


def test_a_canary_as_good_as_stable_comes_nearer_to_its_proofs_and_a_worse_one_does_not() -> None:
    fine, worse = (after(history(9), *[Tally(50, bad, 450, 0)] * 20) for bad in (0, 2))
    assert growth(fine, PLAN, 2) > 0 > growth(worse, PLAN, 2)
    assert growth(after(history(9)), PLAN, 2) > 0


COUNTS = st.integers(min_value=0, max_value=2**53)
TICKS = st.tuples(COUNTS, st.floats(0, 1), COUNTS, st.floats(0, 1), st.floats(0, 1e6), st.booleans())
ODD_PLANS = [NO_RELATIVE_BETS, Plan(0.999, 1.0, (0.9,)), Plan(0.0, 0.0, (1e-4,))]


@settings(deadline=None)
@given(st.lists(TICKS, max_size=8), st.sampled_from([PLAN, SLOW_PLAN, *ODD_PLANS]))
def test_whatever_is_counted_every_figure_is_one(
    ticks: list[tuple[int, float, int, float, float, bool]], plan: Plan
) -> None:
    known = begin(plan)
    for canary, bad, stable, usual, seconds, apart in ticks:
        tally = Tally(canary, canary * bad, stable, stable * usual)
        known = advance(known, plan, tally, seconds, alone=apart)
        figures = [known.against(), known.alone, known.noise.factor, growth(known, plan, None)]
        figures += [known.proof(plan, index) for index in range(len(plan.margins))]
        figures += [growth(known, plan, index) for index in range(len(plan.margins))]
        assert all(map(isfinite, figures))
