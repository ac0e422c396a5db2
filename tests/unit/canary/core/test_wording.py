"""What an operator reads about the evidence."""

from __future__ import annotations

from math import inf, log

import pytest

from canary.core.margin import Tally
from canary.core.model import Verdict
from canary.core.wording import Finding, numbers, odds, worded, worded_drift

FOUND = Finding(Verdict.HOLD, Tally(60.0, 2.0, 540.0, 3.0), against=0.0, proof=0.0, needed=0, eta=None)


@pytest.mark.parametrize(
    ("logged", "words"),
    [
        (0.0, "1 : 1"),
        (log(1.25), "1.25 : 1"),
        (log(40), "40 : 1"),
        (log(100), "100 : 1"),
        (log(1234), "1,234 : 1"),
        (log(999_999), "999,999 : 1"),
        (log(2e6), "over 1,000,000 : 1"),
        (5000.0, "over 1,000,000 : 1"),
        (-log(8), "1 : 8"),
        (-log(1234), "1 : 1,234"),
        (-5000.0, "1 : over 1,000,000"),
        (-inf, "1 : over 1,000,000"),
    ],
)
def test_odds_are_written_as_people_say_them(logged: float, words: str) -> None:
    assert odds(logged) == words


def test_both_sides_are_whole_numbers() -> None:
    assert numbers(FOUND.tally) == "2 of 60 bad, stable 3 of 540"


FAILED = {"verdict": Verdict.FAIL, "against": log(250)}
PASSED = {"verdict": Verdict.PASS, "proof": log(120)}


@pytest.mark.parametrize(
    ("changes", "margin", "words"),
    [
        (FAILED, 0.01, "the canary is worse, at odds of 250 : 1"),
        (PASSED, 0.005, "0.5 % more than stable is excluded at odds of 120 : 1"),
        (PASSED, None, "breaking its limit is excluded at odds of 120 : 1"),
        ({"needed": 1650, "eta": 9.0}, 0.02, "needs about 1,650 more canary requests to exclude 2 % more"),
        (
            {"needed": 90, "eta": 9.0},
            None,
            "needs about 90 more canary requests to exclude breaking its limit",
        ),
        ({"proof": -log(3)}, 0.02, "does not come nearer to excluding 2 % more than stable, odds 1 : 3"),
    ],
)
def test_the_meaning_of_a_row(changes: dict[str, float], margin: float | None, words: str) -> None:
    row = FOUND._replace(**changes)
    assert worded(row, margin, skipped=0).startswith(f"2 of 60 bad, stable 3 of 540: {words}")


def test_who_is_missing_is_said() -> None:
    nobody = FOUND._replace(tally=Tally(0, 0, 540, 3))
    one_side = FOUND._replace(tally=Tally(60, 2, 0, 0), needed=9, eta=1.0)
    assert worded(nobody, 0.01, skipped=0).endswith(": no canary request yet")
    assert worded(one_side, 0.01, skipped=0).endswith(": no stable request yet to compare with")
    assert "needs about 9 more" in worded(one_side, None, skipped=0)


def test_what_was_left_out_is_said() -> None:
    assert worded(FOUND, 0.01, skipped=3).endswith("; 3 samples that contradict themselves were left out")


def test_drift_is_a_size_and_how_surely_it_is_one() -> None:
    assert worded_drift(log(40), 0.314, 0.2) == (
        "stability index 0.31 (limit 0.2), odds 40 : 1 that predictions differ at all"
    )
    assert worded_drift(0.0, None, 0.2) == "no predictions of one side yet"
