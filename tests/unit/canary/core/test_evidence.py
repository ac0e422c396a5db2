"""The judgement over whole releases: what it says, when it says it, and what it must never say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from canary.core import evidence
from canary.core.model import Block, Counts, Evidence, Rules, Verdict, View
from canary.core.rules import held_against, judged, look, taken_in, tightest, worst
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
EDGE_ONLY = evidence.watch(RULES, STEPS, (View.EDGE,))
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
