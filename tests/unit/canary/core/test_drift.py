"""Drift of predictions: a fair game under the null, quick when it matters, and deaf to nonsense."""

from __future__ import annotations

import random
from itertools import product
from math import exp, factorial, inf, isfinite, log, nan, prod, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.core.drift import DriftState, DriftVerdict, advance, begin, psi, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Counts = tuple[int, ...]

STABLE = (5, 40, 70, 55, 20, 10)
SHIFTED = (2, 15, 40, 70, 50, 23)


def after(*ticks: tuple[Counts, Counts], phi: float = 1.0) -> DriftState:
    state = begin(len(ticks[0][0]))
    for canary, stable in ticks:
        state = advance(state, canary, stable, phi)
    return state


def thirtyfold(counts: Counts) -> Counts:
    return tuple(30 * count for count in counts)


def outcomes(total: int, q: Sequence[float]) -> Iterator[tuple[Counts, float]]:
    """Every way to spread `total` predictions over the buckets, with its probability."""
    for counts in product(range(total + 1), repeat=len(q)):
        if sum(counts) == total:
            ways = factorial(total) / prod(factorial(count) for count in counts)
            yield counts, ways * prod(share**count for share, count in zip(q, counts, strict=True))


def expected_e(past: DriftState, q: Sequence[float], n_c: int, n_s: int, phi: float = 1.0) -> float:
    """E[e] of the next tick, summed over all that can happen."""
    return sum(
        likely_c * likely_s * exp(advance(past, canary, stable, phi).log_e - past.log_e)
        for canary, likely_c in outcomes(n_c, q)
        for stable, likely_s in outcomes(n_s, q)
    )


def drawn(chance: random.Random, q: Sequence[float], answers: int, size: int = 1) -> Counts:
    """So many answers, all `size` predictions of one in the same bucket: the worst that can be."""
    found = chance.choices(range(len(q)), q, k=answers)
    return tuple(size * found.count(bucket) for bucket in range(len(q)))


# --- the guarantee --------------------------------------------------------------------------


@pytest.mark.parametrize(("n_c", "n_s"), [(1, 1), (2, 4), (4, 1), (3, 3), (0, 3), (3, 0)])
@pytest.mark.parametrize(
    "past",
    [
        pytest.param(begin(3), id="no-past"),
        pytest.param(after(((9, 1, 0), (0, 1, 9))), id="opposite"),
        pytest.param(after(((40, 1, 1), (0, 0, 0))), id="canary-alone"),
        pytest.param(after(((0, 3, 0), (300, 200, 100))), id="few-against-many"),
    ],
)
def test_no_common_histogram_makes_money_on_average(past: DriftState, n_c: int, n_s: int) -> None:
    for q in ((1 / 3, 1 / 3, 1 / 3), (0.9, 0.05, 0.05), (0.02, 0.08, 0.9), (0.0, 0.5, 0.5)):
        assert expected_e(past, q, n_c, n_s) <= 1 + 1e-12
        assert expected_e(past, q, n_c, n_s, phi=2.5) <= 1 + 1e-12


def test_the_bet_is_as_bold_as_fairness_allows() -> None:
    past = after(((60, 30, 10), (10, 30, 60)))
    shares = [expected_e(past, (x / 100, 0.3, 0.7 - x / 100), 3, 3) for x in range(1, 70)]
    assert max(shares) == pytest.approx(1, abs=1e-4)


def test_on_average_nothing_is_won_where_nothing_drifts() -> None:
    chance, gains = random.Random(4), []
    past = after((SHIFTED, STABLE), phi=10)
    q = [count / sum(STABLE) for count in STABLE]
    for _ in range(4000):
        tick = drawn(chance, q, 10), drawn(chance, q, 30)
        gains.append(exp(advance(past, *tick, 10).log_e - past.log_e))
    assert fmean(gains) <= 1 + 4 * stdev(gains) / sqrt(len(gains))


def certain_once(chance: random.Random, size: int, phi: float, ticks: int = 12) -> bool:
    """Whether a canary like stable, with answers of `size` predictions, ever looks different for sure."""
    state, q = begin(4), (0.4, 0.3, 0.2, 0.1)
    for _ in range(ticks):
        state = advance(state, drawn(chance, q, 3, size), drawn(chance, q, 9, size), phi)
        if state.log_e >= log(20):
            return True
    return False


@pytest.mark.parametrize(("size", "phi"), [(1, 1.0), (6, 6.0), (6, 9.0)])
def test_a_canary_like_stable_is_rarely_certain_to_differ(size: int, phi: float) -> None:
    chance = random.Random(11)
    alarms = sum(certain_once(chance, size, phi) for _ in range(500))
    assert alarms <= 500 * 0.05 + 3 * sqrt(500 * 0.05 * 0.95)


def test_predictions_of_one_answer_counted_one_by_one_break_the_guarantee() -> None:
    chance = random.Random(11)
    assert sum(certain_once(chance, size=6, phi=1.0) for _ in range(200)) > 3 * 200 * 0.05


# --- what is learnt -------------------------------------------------------------------------


def test_the_first_tick_is_learnt_from_and_not_bet_on() -> None:
    state = after((SHIFTED, STABLE))
    assert (state.log_e, state.canary, state.stable) == (0.0, SHIFTED, STABLE)


def test_the_second_tick_of_a_drift_is_evidence() -> None:
    assert after(*[(SHIFTED, STABLE)] * 2).log_e > log(100)
    assert after(*[(STABLE, STABLE)] * 2).log_e == pytest.approx(0)


def test_both_sides_are_alike_to_it() -> None:
    one, other = after((SHIFTED, STABLE), (STABLE, SHIFTED)), after((STABLE, SHIFTED), (SHIFTED, STABLE))
    assert one.log_e == pytest.approx(other.log_e)


def test_a_side_without_a_past_is_expected_to_be_like_the_other() -> None:
    many = tuple(100 * count for count in STABLE)
    assert after((STABLE, (0,) * 6), (STABLE, many)).log_e > -3


@pytest.mark.parametrize("missing", [0, 1])
def test_a_tick_of_one_side_alone_is_no_evidence(missing: int) -> None:
    begun = after((SHIFTED, STABLE))
    tick = [SHIFTED, STABLE]
    tick[missing] = (0,) * 6
    assert advance(begun, *tick).log_e == pytest.approx(begun.log_e)


def test_a_tick_without_predictions_changes_nothing() -> None:
    begun = after((SHIFTED, STABLE))
    assert advance(begun, (0,) * 6, (0,) * 6, 30) is begun


def test_phi_slows_the_evidence_and_the_largest_is_kept() -> None:
    ticks = [(SHIFTED, STABLE)] * 3
    assert 0 < after(*ticks, phi=10).log_e < after(*ticks).log_e / 5
    assert advance(after(*ticks, phi=10), SHIFTED, STABLE, 2).phi == 10


def test_thirty_predictions_of_one_answer_are_the_evidence_of_one() -> None:
    ticks = [(SHIFTED, STABLE), (STABLE, SHIFTED), (SHIFTED, SHIFTED)]
    many = [
        (tuple(30 * one for one in canary), tuple(30 * one for one in stable)) for canary, stable in ticks
    ]
    assert after(*many, phi=30).log_e == pytest.approx(after(*ticks).log_e)


# --- how large it is ------------------------------------------------------------------------


def test_the_psi_is_the_textbook_sum_less_what_chance_adds() -> None:
    state = after(((200, 300, 500), (1000, 3000, 6000)))
    raw = (0.2 - 0.1) * log(0.2 / 0.1) + (0.5 - 0.6) * log(0.5 / 0.6)
    assert psi(state) == pytest.approx(raw - 2 * (1 / 1000 + 1 / 10_000), abs=1e-3)


@pytest.mark.parametrize(("size", "phi"), [(1, 1.0), (5, 5.0)])
def test_without_drift_the_corrected_psi_is_around_zero(size: int, phi: float) -> None:
    chance, found = random.Random(7), []
    for _ in range(600):
        tick = drawn(chance, (0.1,) * 10, 100, size), drawn(chance, (0.1,) * 10, 900, size)
        found.append(psi(after(tick, phi=phi)) or 0.0)
    assert fmean(found) == pytest.approx(0, abs=0.01)


def test_the_psi_is_unknown_until_both_sides_predicted() -> None:
    assert psi(begin(6)) is None
    assert psi(after((SHIFTED, (0,) * 6))) is None
    assert psi(after(((0,) * 6, STABLE))) is None


def test_an_empty_bucket_is_large_but_not_infinite() -> None:
    measured = psi(after(((0, 1000), (1000, 0))))
    assert measured is not None
    assert 1 < measured < 20


# --- what they say together -----------------------------------------------------------------

SURE, UNSURE = log(100), log(100) - 0.01
FAR, NEAR = ((100, 900), (900, 100)), ((500, 500), (501, 499))


@pytest.mark.parametrize(
    ("log_e", "totals", "expected"),
    [
        pytest.param(UNSURE, NEAR, DriftVerdict.NONE, id="neither"),
        pytest.param(SURE, NEAR, DriftVerdict.WARN, id="certain-but-small"),
        pytest.param(UNSURE, FAR, DriftVerdict.WARN, id="large-but-uncertain"),
        pytest.param(SURE, FAR, DriftVerdict.DRIFT, id="certain-and-large"),
        pytest.param(SURE, ((0, 0), (5, 5)), DriftVerdict.WARN, id="of-unknown-size"),
        pytest.param(nan, FAR, DriftVerdict.WARN, id="evidence-that-is-no-number"),
    ],
)
def test_drift_needs_both(log_e: float, totals: tuple[Counts, Counts], expected: DriftVerdict) -> None:
    assert verdict(DriftState(log_e, *totals)) is expected


def test_alpha_and_limit_are_the_callers() -> None:
    state = DriftState(log(50), *FAR)
    assert verdict(state, alpha=0.02) is DriftVerdict.DRIFT
    assert verdict(state, alpha=0.0) is DriftVerdict.WARN
    assert verdict(state, alpha=0.02, limit=50) is DriftVerdict.WARN


def test_few_predictions_of_a_good_canary_do_not_even_warn() -> None:
    assert verdict(after(((2, 0, 1), (3, 4, 2)))) is DriftVerdict.NONE


def test_constant_predictions_are_drift_in_the_second_tick() -> None:
    constant = (0, 0, 0, 60, 0, 0)
    assert verdict(after(*[(constant, STABLE)] * 2)) is DriftVerdict.DRIFT


# --- nonsense -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("canary", "stable", "phi"),
    [
        pytest.param((1,) * 5, STABLE, 1.0, id="canary-too-short"),
        pytest.param(SHIFTED, (*STABLE, 1), 1.0, id="stable-too-long"),
        pytest.param((), (), 1.0, id="nothing"),
        pytest.param((-1, *SHIFTED[1:]), STABLE, 1.0, id="canary-negative"),
        pytest.param(SHIFTED, (*STABLE[1:], -5), 1.0, id="stable-negative"),
        pytest.param((10**400, *SHIFTED[1:]), STABLE, 1.0, id="beyond-counting"),
        pytest.param(SHIFTED, STABLE, 0.5, id="phi-below-one"),
        pytest.param(SHIFTED, STABLE, nan, id="phi-no-number"),
        pytest.param(SHIFTED, STABLE, inf, id="phi-infinite"),
    ],
)
def test_nonsense_is_ignored(canary: Counts, stable: Counts, phi: float) -> None:
    begun = after((SHIFTED, STABLE), (SHIFTED, STABLE))
    assert advance(begun, canary, stable, phi) is begun


NUMBERS = st.integers(min_value=0, max_value=2**53) | st.integers(min_value=-3, max_value=40)
SIDES = st.lists(NUMBERS, min_size=3, max_size=3).map(tuple) | st.lists(NUMBERS, max_size=5).map(tuple)
PHIS = st.floats(min_value=1, max_value=1e6) | st.floats()


@given(ticks=st.lists(st.tuples(SIDES, SIDES, PHIS), max_size=6))
def test_whatever_comes_in_something_sensible_comes_out(ticks: list[tuple[Counts, Counts, float]]) -> None:
    state = begin(3)
    for canary, stable, phi in ticks:
        following = advance(state, canary, stable, phi)
        sane = len(canary) == len(stable) == 3 and min(canary + stable) >= 0 and 1 <= phi <= 2**53
        gained = sum(following.canary + following.stable) - sum(state.canary + state.stable)
        assert gained == (sum(canary + stable) if sane else 0)
        state = following
    measured = psi(state)
    assert isfinite(state.log_e)
    assert measured is None or isfinite(measured)
    assert verdict(state) in set(DriftVerdict)


@given(buckets=st.integers(min_value=-1, max_value=1), count=st.integers(min_value=0, max_value=9))
def test_a_histogram_of_one_bucket_never_drifts(buckets: int, count: int) -> None:
    state = begin(buckets)
    for _ in range(3):
        state = advance(state, (count,) * len(state.canary), (2 * count,) * len(state.stable))
    assert verdict(state) is DriftVerdict.NONE
