"""How a round with an absent metrics store is read: what must happen, and what did."""

from __future__ import annotations

import pytest

from benchmarks.reliability.faults.ends import Outcome
from benchmarks.reliability.rows.r5_prometheus import EMPTY, Outage, _during
from demo.observed import WeightSeen, Window

BEGAN, AWAY = 100.0, 60.0
LONG = Outage("refused", 10, AWAY, 40.0)
SHORT = Outage("refused", 10, 12.0, 40.0)


def seen(*weights: tuple[float, int]) -> Window:
    return Window(0.0, 500.0, tuple(WeightSeen(time, weight) for time, weight in weights), (), ())


@pytest.mark.parametrize(
    ("outage", "end"),
    [
        (SHORT, Outcome.PROMOTED),
        (LONG, Outcome.TAKEN_BACK),
        (Outage(EMPTY, 10, AWAY, 40.0), Outcome.PROMOTED),
    ],
    ids=["within the budget", "beyond it", "a store that answers is not away"],
)
def test_the_budget_says_how_a_release_ends(outage: Outage, end: Outcome) -> None:
    assert outage.end is end


def test_a_step_forward_without_data_is_counted() -> None:
    assert _during(seen((0, 0), (99, 10), (120, 25)), SHORT, BEGAN, AWAY)["raised_blind"] == 1


def test_a_step_that_was_decided_before_or_comes_after_is_none() -> None:
    window = seen((0, 0), (99, 10), (BEGAN + 1, 25), (BEGAN + AWAY + 1, 50))
    assert _during(window, SHORT, BEGAN, AWAY)["raised_blind"] == 0


@pytest.mark.parametrize(("back", "late", "early"), [(143.0, 3.0, 0), (120.0, -20.0, 1)])
def test_the_way_back_is_held_against_the_budget(back: float, late: float, early: int) -> None:
    found = _during(seen((0, 0), (99, 10), (back, 0)), LONG, BEGAN, AWAY)
    assert (found["late_seconds"], found["early"]) == (late, early)


def test_a_release_that_never_went_back_counts_against_the_budget() -> None:
    assert _during(seen((0, 0), (99, 10)), LONG, BEGAN, AWAY)["early"] == 1
