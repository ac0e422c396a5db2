"""The judgement over whole releases: what it says, when it says it, and what it must never say."""

from __future__ import annotations

import random
from dataclasses import replace
from math import exp, inf, isfinite, log, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.core import checkpoint, evidence
from canary.core.model import Block, Counts, DriftRule, Evidence, PredictionRule, Rules, Verdict, View
from canary.core.rules import held_against, judged, look, taken_in, tightest, weigh, worst
from canary.core.spec import parse

from .build import (
    EDGES,
    LATENCY,
    NOW,
    RULES,
    STEPS,
    answers,
    manifest,
    on_step,
    reading,
    row,
    spec_of,
)

WATCH = evidence.watch(RULES, STEPS)
DOUBTFUL = evidence.watch(replace(RULES, latency=None, confidence=0.9), STEPS, (View.EDGE,))
ERRORS_ONLY = evidence.watch(replace(RULES, latency=None), STEPS, (View.EDGE,))


def block(number: int, canary: Counts, stable: Counts) -> Block:
    """The tick of 5 s with this number."""
    return Block(NOW + 5 * number, NOW + 5 * number + 5, canary, stable)


def after(*ticks: tuple[Counts, Counts], watch: evidence.Watch = WATCH, weight: int = 10) -> evidence.State:
    """What is known after ticks of both views."""
    state = evidence.begin(watch)
    for number, sides in enumerate(ticks):
        for view in watch.views:
            state = evidence.advance(watch, state, view, block(number, *sides), weight)
    return state


def rows(state: evidence.State, coming: int | None = 50, watch: evidence.Watch = WATCH) -> list[Evidence]:
    return list(evidence.judge(watch, state, coming))


def verdicts(state: evidence.State, coming: int | None = 50, watch: evidence.Watch = WATCH) -> list[Verdict]:
    return [each.verdict for each in rows(state, coming, watch)]


# --- what an operator sees ----------------------------------------------------------------


def test_every_rule_has_a_row_in_every_view() -> None:
    good = after((answers(4000), answers(36_000)))
    assert [(each.rule, each.view, each.verdict) for each in rows(good)] == [
        (rule, view, Verdict.PASS) for rule in ("errors", "latency") for view in View
    ]
    for left, without in (("errors", "latency"), ("latency", "errors")):
        watch = evidence.watch(replace(RULES, **{without: None}), STEPS)
        assert [each.rule for each in rows(evidence.begin(watch), watch=watch)] == [left] * 2


def test_nothing_seen_is_a_hold_that_says_so() -> None:
    found = rows(evidence.begin(WATCH))
    assert {each.verdict for each in found} == {Verdict.HOLD}
    assert found[0].detail == "0 of 0 bad, stable 0 of 0: no canary request yet"


def test_a_good_canary_needs_so_many_requests_and_no_fewer() -> None:
    first = rows(after((answers(0), answers(900)), (answers(100), answers(900))))[0]
    assert first.verdict is Verdict.HOLD
    assert first.detail == (
        f"0 of 100 bad, stable 0 of 900: needs about {first.needed} more canary requests to exclude 1 % more "
        "than stable"
    )
    enough = after(*[(answers(0), answers(900))], *[(answers(100), answers(900))] * (2 + first.needed // 100))
    assert rows(enough)[0].verdict is Verdict.PASS


def test_what_is_missing_takes_so_long_at_this_rate() -> None:
    found = rows(after(*[(answers(20), answers(180))] * 5))[0]
    assert found.eta == pytest.approx(found.needed / 20 * 5, rel=0.01)


def test_the_margin_shrinks_as_the_weight_grows() -> None:
    state = after(*[(answers(100), answers(900))] * 9)
    assert verdicts(state, 50)[0] is Verdict.PASS
    assert verdicts(state, 100)[0] is Verdict.HOLD
    assert "0.5 % more than stable" in rows(state, 100)[0].detail


def test_a_total_failure_fails_at_the_first_tick() -> None:
    found = rows(after((answers(0), answers(900)), (answers(5, errors=5), answers(45))))
    failed = [each for each in found if each.verdict is Verdict.FAIL]
    assert [each.rule for each in failed] == ["errors"]
    assert "the canary is worse, at odds of " in failed[0].detail


def test_only_the_strongest_row_is_said_to_fail() -> None:
    bad = after((answers(0), answers(900)), (answers(50, errors=20, slow=50), answers(450)))
    assert verdicts(bad).count(Verdict.FAIL) == 1


def test_the_view_of_one_side_is_enough_to_fail_and_not_enough_to_pass() -> None:
    state = evidence.begin(WATCH)
    state = evidence.advance(WATCH, state, View.EDGE, block(0, answers(5000), answers(45_000)), 10)
    assert {each.view for each in rows(state) if each.verdict is Verdict.PASS} == {View.EDGE}
    bad = block(1, answers(500, errors=400), answers(4500))
    state = evidence.advance(WATCH, state, View.APPLICATION, bad, 10)
    assert worst(rows(state)) == next(each for each in rows(state) if each.view is View.APPLICATION)


def test_latency_counts_slow_answers() -> None:
    slow = after((answers(0), answers(900)), (answers(100, slow=60), answers(900, slow=3)))
    assert (worst(rows(slow)).rule, worst(rows(slow)).tally) == ("latency", (100, 60, 900, 3))  # type: ignore[union-attr]


def test_a_slow_down_below_the_limit_is_seen_at_the_edges_below_it() -> None:
    crept = replace(answers(400), lower=(300, 380))
    usual = replace(answers(3600), lower=(180, 1800))
    state = after((answers(0), usual), (crept, usual))
    assert worst(rows(state)).verdict is Verdict.FAIL  # type: ignore[union-attr]
    assert worst(rows(state)).tally.canary_bad == 0  # type: ignore[union-attr]


def test_an_edge_that_is_not_in_the_data_says_nothing() -> None:
    bare = replace(answers(400), lower=())
    state = after((answers(0), answers(900)), (bare, answers(3600)))
    assert Verdict.FAIL not in verdicts(state)
    assert state.shares["latency/1@edge"].ticks == 0


def test_the_worst_row_decides_and_the_tightest_is_told() -> None:
    some = [
        row(Verdict.PASS, proof=5.0),
        row(Verdict.FAIL, "latency", proof=9.0),
        row(Verdict.HOLD, proof=7.0),
        row(Verdict.PASS, evidence.DRIFT, proof=1.0),
    ]
    assert worst(some) == some[1]
    assert tightest(some) == some[0]
    assert worst([]) is tightest([]) is None


# --- the look around it ---------------------------------------------------------------------


def judge_look(rules: Rules = RULES, *, confirmed: bool = True, **fields: Any) -> tuple[Evidence, ...]:
    spec = spec_of(rules=rules)
    seen = look(spec, on_step(), replace(reading(), **fields), NOW, confirmed=confirmed)
    watch = held_against(spec)
    return judged(watch, taken_in(watch, evidence.begin(watch), seen), rules, seen)


def test_an_unconfirmed_weight_takes_away_a_pass_but_not_a_failure() -> None:
    bad = reading(answers(100, errors=90), answers(900)).blocks
    assert {each.verdict for each in judge_look()} == {Verdict.PASS}
    assert {each.verdict for each in judge_look(confirmed=False)} == {Verdict.HOLD}
    assert {each.verdict for each in judge_look(confirmed=False, blocks=bad)} == {Verdict.FAIL, Verdict.HOLD}


def test_a_limit_beside_the_edges_is_an_error_and_no_edges_are_a_hold() -> None:
    odd = replace(RULES, latency=replace(LATENCY, within=0.2), errors=None)
    found = judge_look(odd, edges={View.EDGE: EDGES[View.EDGE]})
    assert [each.verdict for each in found] == [Verdict.ERROR, Verdict.HOLD]
    assert found[0].detail.endswith("choose one of 0.1, 0.25, 0.5 s")
    assert found[1].detail == "no latency histogram has been seen yet"


def test_without_metrics_of_its_own_an_application_has_no_rows() -> None:
    spec = spec_of(application=None)
    assert held_against(spec).views == (View.EDGE,)


def test_percent_or_parts_of_them_seconds_or_thousandths_decide_the_same() -> None:
    one = manifest(
        rules={"errors": {"max": "1%", "tolerance": "0.5%"}, "latency": {"within": "250ms", "for": "99%"}},
        budget={"risk": "0.5%"},
    )
    other = manifest(
        rules={
            "errors": {"max": "1.00%", "tolerance": "0.50%"},
            "latency": {"within": "0.25s", "for": "99.0%", "tolerance": "2.000%"},
            "confidence": "99.0%",
        },
        budget={"risk": "0.500%"},
    )
    assert parse(one).rules == parse(other).rules
    assert held_against(parse(one)) == held_against(parse(other))


# --- ticks ----------------------------------------------------------------------------------


def test_a_tick_that_was_taken_in_changes_nothing() -> None:
    tick = block(0, answers(100, errors=3), answers(900))
    once = evidence.advance(WATCH, evidence.begin(WATCH), View.EDGE, tick, 10)
    older = replace(tick, begin=tick.begin - 60, end=tick.end - 1)
    assert evidence.advance(WATCH, once, View.EDGE, tick, 10) is once
    assert evidence.advance(WATCH, once, View.EDGE, older, 10) is once
    assert evidence.advance(WATCH, once, View.APPLICATION, tick, 10).until == dict.fromkeys(View, tick.end)


def test_a_clock_that_goes_back_begins_nothing_anew() -> None:
    once = after((answers(100), answers(900)))
    back = Block(NOW - 3600, NOW - 3595, answers(5, errors=5), answers(45))
    assert evidence.advance(WATCH, once, View.EDGE, back, 10) is once


def test_the_first_tick_may_be_of_any_time() -> None:
    upside_down = Block(NOW + 5, NOW, answers(100), answers(900))
    state = evidence.advance(WATCH, evidence.begin(WATCH), View.EDGE, upside_down, 10)
    assert state.shares["errors@edge"].canary.seconds == 0


def test_a_gap_is_one_long_tick() -> None:
    late = Block(NOW + 5, NOW + 605, answers(1200), answers(10_800))
    state = evidence.advance(WATCH, after((answers(10), answers(90))), View.EDGE, late, 10)
    assert state.shares["errors@edge"].canary.seconds == pytest.approx(600, rel=0.01)
    assert state.until[View.EDGE] == NOW + 605


BAD_TIMES = [(nan, NOW), (NOW, nan), (NOW, inf), (-inf, NOW), (inf, inf)]


@pytest.mark.parametrize(("begin", "end"), BAD_TIMES)
def test_a_tick_without_true_times_changes_nothing(begin: float, end: float) -> None:
    state = evidence.begin(WATCH)
    assert evidence.advance(WATCH, state, View.EDGE, Block(begin, end, answers(5), answers(45)), 10) is state


CONTRADICTIONS = [
    Counts(-1),
    Counts(5, errors=6),
    Counts(5, errors=-1),
    Counts(5, timed=6),
    Counts(5, timed=-1),
    Counts(5, timed=4, slow=5),
    Counts(5, timed=4, slow=-1),
    Counts(5, timed=4, slow=1, lower=(5, 1)),
    Counts(5, answers=2, impossible=3),
    Counts(5, answers=2, predicted=(3, -1)),
    Counts(2**53 + 1),
    Counts(5, answers=10**400),
    Counts(5, predicted=(10**400,)),
    Counts(nan),  # type: ignore[arg-type]
    Counts(inf),  # type: ignore[arg-type]
    Counts(5, errors=nan),  # type: ignore[arg-type]
    Counts(5, timed=nan),  # type: ignore[arg-type]
    Counts(5, timed=4, slow=nan),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("odd", CONTRADICTIONS, ids=str)
@pytest.mark.parametrize("turned", [False, True], ids=["canary", "stable"])
def test_counts_that_contradict_themselves_are_left_out_and_told(odd: Counts, turned: bool) -> None:  # noqa: FBT001
    sides = (answers(900), odd) if turned else (odd, answers(900))
    found = evidence.advance(WATCH, evidence.begin(WATCH), View.EDGE, block(0, *sides), 10)
    assert (found.shares, found.skipped) == (evidence.begin(WATCH).shares, 1)
    assert rows(found)[0].verdict is Verdict.HOLD
    assert rows(found)[0].detail.endswith("; 1 samples that contradict themselves were left out")


NUMBERS = st.integers(min_value=-2, max_value=400) | st.sampled_from([10**9, 2**53, 10**400])
ODD_NUMBERS: Any = NUMBERS | st.floats()
ODD = st.builds(
    Counts,
    requests=ODD_NUMBERS,
    errors=ODD_NUMBERS,
    timed=ODD_NUMBERS,
    slow=ODD_NUMBERS,
    lower=st.lists(ODD_NUMBERS, max_size=3).map(tuple),
    answers=ODD_NUMBERS,
    impossible=ODD_NUMBERS,
    predicted=st.lists(ODD_NUMBERS, max_size=3).map(tuple),
)
LIKELY = st.builds(answers, st.integers(min_value=0, max_value=10**9))
TIMES = st.floats() | st.floats(min_value=NOW, max_value=NOW + 100)
BLOCKS = st.builds(Block, TIMES, TIMES, ODD | LIKELY, ODD | LIKELY)
ALL_RULES = replace(RULES, predictions=PredictionRule(0.01, 0.0), drift=DriftRule(0.2, rollback=True))
ALL = evidence.watch(ALL_RULES, STEPS)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(View), BLOCKS, st.sampled_from([0, 10, 50, 100])), max_size=6),
    st.sampled_from([None, 10, 50, 100, 73]),
)
def test_nonsense_never_raises_and_every_row_says_why(
    ticks: list[tuple[View, Block, int]], coming: int | None
) -> None:
    state = evidence.begin(ALL)
    for view, tick, weight in ticks:
        state = evidence.advance(ALL, state, view, tick, weight)
    found = evidence.judge(ALL, state, coming)
    assert len(found) == 6
    for each in found:
        assert each.detail
        assert isfinite(each.against)
        assert isfinite(each.proof)
    assert checkpoint.unpack(ALL, checkpoint.pack(ALL, state, NOW)) == state


def test_series_that_vanish_hold() -> None:
    state = after((answers(100), answers(900)), *[(Counts(), Counts())] * 50)
    assert set(verdicts(state)) <= {Verdict.HOLD, Verdict.PASS}
    assert rows(state)[0].verdict is Verdict.HOLD


@pytest.mark.parametrize("weight", [10, 50])
def test_a_stable_side_that_fell_silent_before_100_proves_nothing(weight: int) -> None:
    state = evidence.begin(WATCH)
    for number in range(50):
        for view in View:
            silent = block(number, answers(5000), Counts())
            state = evidence.advance(WATCH, state, view, silent, weight)
    found = rows(state, 100)
    assert {each.verdict for each in found} == {Verdict.HOLD}
    assert found[0].detail.endswith(": no stable request yet to compare with")


# --- at all traffic ---------------------------------------------------------------------------


def served_alone(past: evidence.State, canary: Counts, ticks: int) -> evidence.State:
    for number in range(100, 100 + ticks):
        for view in View:
            past = evidence.advance(WATCH, past, view, block(number, canary, Counts()), 100)
    return past


def test_at_all_traffic_a_canary_is_held_against_its_limits() -> None:
    before = after(*[(answers(100), answers(900))] * 5)
    bad = served_alone(before, answers(200, errors=10), 5)
    assert worst(rows(bad, None)).verdict is Verdict.FAIL  # type: ignore[union-attr]
    good = rows(served_alone(before, answers(200), 10), None)
    assert {each.verdict for each in good} == {Verdict.PASS}
    assert good[0].detail.endswith(": breaking its limit is excluded at odds of over 1,000,000 : 1")


def test_a_canary_as_slow_as_stable_was_just_before_stays_at_all_traffic() -> None:
    before = after(*[(answers(100, slow=8), answers(900, slow=72))] * 10)
    state = served_alone(before, answers(1000, slow=80), 100)
    assert Verdict.FAIL not in verdicts(state, None)
    slower = served_alone(before, answers(1000, slow=160), 100)
    assert Verdict.FAIL in verdicts(slower, None)


def test_while_stable_still_answers_at_100_it_is_compared_with() -> None:
    before = after(*[(answers(100), answers(900))] * 5)
    both_ill = block(50, answers(950, errors=300), answers(50, errors=16))
    state = evidence.advance(WATCH, before, View.EDGE, both_ill, 100)
    assert Verdict.FAIL not in verdicts(state, None)


# --- the guarantee over whole releases -------------------------------------------------------


def drawn(rng: random.Random, requests: int, share: float) -> Counts:
    return answers(requests, errors=sum(rng.random() < share for _ in range(requests)))


def released(seed: int, watch: evidence.Watch, usual: float, worse: float) -> list[tuple[bool, bool]]:
    """For each tick: was the canary taken back, might it go on to 50 %?"""
    rng = random.Random(seed)
    state = evidence.begin(watch)
    found = []
    for number in range(60):
        sides = drawn(rng, 40, usual + worse), drawn(rng, 360, usual)
        state = evidence.advance(watch, state, View.EDGE, block(number, *sides), 10)
        (row,) = evidence.judge(watch, state, 50)
        found.append((row.verdict is Verdict.FAIL, row.verdict is Verdict.PASS))
    return found


def test_few_good_canaries_are_taken_back_and_few_bad_ones_go_on() -> None:
    good = [released(seed, DOUBTFUL, 0.02, 0.0) for seed in range(60)]
    bad = [released(seed, DOUBTFUL, 0.02, 0.01) for seed in range(60)]
    assert sum(any(back for back, _ in each) for each in good) <= 12
    assert sum(any(on for _, on in each) for each in bad) <= 12


def test_the_view_and_the_rules_share_one_chance_to_be_wrong() -> None:
    one = after((answers(0), answers(900)), (answers(30, errors=3), answers(270)), watch=ERRORS_ONLY)
    four = after((answers(0), answers(900)), (answers(30, errors=3), answers(270)))
    assert evidence.odds_against(ERRORS_ONLY, one) > evidence.odds_against(WATCH, four)
    mean = [each.against for each in rows(four)]
    assert evidence.odds_against(WATCH, four) == pytest.approx(log(sum(map(exp, mean)) / 4))


# --- forecasts --------------------------------------------------------------------------------


def forecasts(count: int, impossible: int = 0, predicted: tuple[int, ...] = (50, 30, 20)) -> Counts:
    return replace(answers(count), answers=count, impossible=impossible, predicted=predicted)


def test_forecasts_that_cannot_be_right_are_bad_answers() -> None:
    state = after((forecasts(0), forecasts(900)), (forecasts(100, impossible=100), forecasts(900)), watch=ALL)
    found = worst(rows(state, watch=ALL))
    assert found is not None
    assert (found.rule, found.view, found.verdict) == ("predictions", View.APPLICATION, Verdict.FAIL)


@pytest.mark.parametrize(("rollback", "verdict"), [(True, Verdict.FAIL), (False, Verdict.PASS)])
def test_drift_is_told_or_goes_back_as_its_rule_says(rollback: bool, verdict: Verdict) -> None:  # noqa: FBT001
    watch = evidence.watch(replace(ALL_RULES, drift=DriftRule(0.2, rollback=rollback)), STEPS)
    other = (forecasts(100, predicted=(5, 15, 80)), forecasts(900, predicted=(450, 270, 180)))
    (found,) = [each for each in rows(after(*[other] * 4, watch=watch), watch=watch) if each.rule == "drift"]
    assert (found.verdict, found.warning) == (verdict, True)
    assert found.detail.startswith("stability index ")
    assert found.tally == (400, 0, 3600, 0)


def test_without_predictions_there_is_no_drift() -> None:
    (found,) = [each for each in rows(evidence.begin(ALL), watch=ALL) if each.rule == "drift"]
    assert (found.verdict, found.warning, found.detail) == (Verdict.PASS, False, "no predictions yet")


def test_another_histogram_begins_anew() -> None:
    finer = (forecasts(100, predicted=(5, 15, 80, 0)), forecasts(900, predicted=(450, 270, 180, 0)))
    state = after((forecasts(100), forecasts(900)), finer, watch=ALL)
    assert state.drift is not None
    assert state.drift.canary == (5, 15, 80, 0)


def test_a_new_step_is_never_left_on_the_rows_of_the_one_before() -> None:
    spec = spec_of()
    first = on_step(10, evidence=(row(Verdict.HOLD),) * 4)
    stood = weigh(spec, first, look(spec, first, reading(), NOW, confirmed=True))
    raised = replace(stood, weight=50, step=1, weight_confirmed=NOW + 1)
    now = look(spec, raised, reading(weight=50), NOW + 2, confirmed=True)
    assert {each.verdict for each in stood.evidence} == {
        each.verdict for each in weigh(spec, raised, now).evidence
    }
    assert weigh(spec, raised, now).evidence != stood.evidence
