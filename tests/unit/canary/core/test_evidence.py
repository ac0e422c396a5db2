"""The judgement in numbers that an operator can check by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canary.core.evidence import judge
from canary.core.model import Counts, Evidence, Pair, Verdict, View
from canary.core.rules import rows, tightest, worst

from .build import EDGES, ERRORS, LATENCY, RULES, both, reading, row


def errors(canary: tuple[int, int], stable: tuple[int, int], *, concurrent: bool = True) -> Evidence:
    pair = Pair(Counts(canary[1], errors=canary[0]), Counts(stable[1], errors=stable[0]))
    return judge(ERRORS, View.EDGE, pair, Pair(), 100, concurrent=concurrent)


@pytest.mark.parametrize(
    ("canary", "stable", "verdict", "words"),
    [
        ((0, 100), (0, 900), Verdict.PASS, "at most 1 %"),
        ((1, 100), (0, 900), Verdict.PASS, "at most 1 %"),
        ((0, 99), (0, 900), Verdict.HOLD, "needs 1 more canary requests"),
        ((0, 0), (0, 0), Verdict.HOLD, "needs 100 more canary requests"),
        ((2, 100), (0, 900), Verdict.HOLD, "above 1 %, which may still be chance"),
        ((0, 100), (0, 19), Verdict.HOLD, "needs 1 more stable requests to compare with"),
        ((4, 4), (0, 900), Verdict.HOLD, "needs 96 more canary requests"),
        ((5, 5), (0, 36), Verdict.FAIL, "worse than stable by more than 1 % in this step"),
        ((2, 5), (0, 0), Verdict.FAIL, "above 1 % in this step"),
        ((12, 40), (0, 360), Verdict.FAIL, "worse than stable by more than 1 % in this step"),
        ((12, 40), (110, 360), Verdict.HOLD, "above 1 % in this step, but stable is ill as well"),
        ((40, 40), (110, 360), Verdict.FAIL, "worse than stable by more than 1 % in this step"),
        ((5, 5), (5, 5), Verdict.FAIL, "above 1 % in this step"),
    ],
)
def test_errors(canary: tuple[int, int], stable: tuple[int, int], verdict: Verdict, words: str) -> None:
    found = errors(canary, stable)
    assert (found.verdict, words in found.detail) == (verdict, True), found.detail
    assert found.detail.startswith(f"{canary[0]} of {canary[1]} bad, stable {stable[0]} of {stable[1]}: ")
    assert found.needed == max(0, 100 - canary[1])


def test_a_canary_within_the_limit_but_worse_than_stable_is_held() -> None:
    wide = replace(ERRORS, max=0.05, tolerance=0.01)
    pair = Pair(Counts(200, errors=6), Counts(1800, errors=18))
    found = judge(wide, View.EDGE, pair, Pair(), 100, concurrent=True)
    assert (found.verdict, found.detail) == (
        Verdict.HOLD,
        "6 of 200 bad, stable 18 of 1800: worse than stable by more than 1 %, which may still be chance",
    )


def test_a_canary_within_the_limit_but_clearly_worse_than_stable_fails() -> None:
    wide = replace(ERRORS, max=0.2, tolerance=0.01)
    pair = Pair(Counts(400, errors=60), Counts(3600, errors=36))
    assert judge(wide, View.EDGE, pair, Pair(), 100, concurrent=True).verdict is Verdict.FAIL


def test_without_concurrent_stable_traffic_only_the_limit_counts() -> None:
    assert errors((0, 100), (0, 0), concurrent=False).verdict is Verdict.PASS
    assert errors((50, 100), (900, 900), concurrent=False).verdict is Verdict.FAIL


def test_a_bad_last_minute_is_not_averaged_away() -> None:
    long, minute = Pair(Counts(100_000), Counts(900_000)), Pair(Counts(60, errors=30), Counts(540))
    found = judge(ERRORS, View.EDGE, long, minute, 100, concurrent=True)
    assert (found.verdict, found.detail[-18:]) == (Verdict.FAIL, "in the last minute")


@pytest.mark.parametrize(
    "counts", [Counts(-1), Counts(5, errors=6), Counts(5, errors=-1), Counts(5, slow=6), Counts(5, slow=-2)]
)
@pytest.mark.parametrize("side", ["canary", "stable"])
@pytest.mark.parametrize("window", ["step", "recent"])
def test_counts_that_contradict_themselves_hold(counts: Counts, side: str, window: str) -> None:
    fine, odd = Pair(Counts(100), Counts(900)), replace(Pair(Counts(100), Counts(900)), **{side: counts})
    pairs = (odd, fine) if window == "step" else (fine, odd)
    assert judge(ERRORS, View.EDGE, *pairs, 100, concurrent=True).verdict is Verdict.HOLD


def test_latency_counts_slow_answers() -> None:
    slow = Pair(Counts(100, slow=40), Counts(900, slow=3))
    found = judge(LATENCY, View.APPLICATION, slow, Pair(), 100, concurrent=True)
    assert (found.rule, found.verdict) == ("latency", Verdict.FAIL)
    assert found.detail.startswith("40 of 100 bad, stable 3 of 900")


def test_every_rule_has_a_row_in_every_view() -> None:
    found = rows(RULES, reading(), 10, confirmed=True)
    assert [(each.rule, each.view, each.verdict) for each in found] == [
        (rule, view, Verdict.PASS) for rule in ("errors", "latency") for view in View
    ]
    assert [each.rule for each in rows(replace(RULES, latency=None), reading(), 10, confirmed=True)] == [
        "errors"
    ] * 2
    assert [each.rule for each in rows(replace(RULES, errors=None), reading(), 10, confirmed=True)] == [
        "latency"
    ] * 2


def test_an_unconfirmed_weight_takes_away_a_pass_but_not_a_failure() -> None:
    bad = replace(reading(), step=both(Counts(100, errors=90), Counts(900)))
    assert {each.verdict for each in rows(RULES, reading(), 10, confirmed=False)} == {Verdict.HOLD}
    assert {each.verdict for each in rows(RULES, bad, 10, confirmed=False)} == {Verdict.FAIL, Verdict.HOLD}


def test_a_limit_beside_the_edges_is_an_error_and_no_edges_are_a_hold() -> None:
    odd = replace(RULES, latency=replace(LATENCY, within=0.2), errors=None)
    one_sided = replace(reading(), edges={View.EDGE: EDGES[View.EDGE]})
    found = rows(odd, one_sided, 10, confirmed=True)
    assert [each.verdict for each in found] == [Verdict.ERROR, Verdict.HOLD]
    assert found[0].detail.endswith("choose one of 0.1, 0.25, 0.5 s")


def test_the_worst_row_decides_and_the_tightest_is_told() -> None:
    some = [
        row(Verdict.PASS, requests=300),
        row(Verdict.FAIL, "latency", 200),
        row(Verdict.HOLD, requests=250),
    ]
    assert worst(some) == some[1]
    assert tightest(some) == some[1]
    assert worst([]) is tightest([]) is None
