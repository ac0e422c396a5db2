"""A row is judged by its own figures; what was not played is not met."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.reliability.page import page
from benchmarks.reliability.report import cells, judge

from .rows import made, row

ROW = row(lambda *_: {})
GOOD = [
    made("early", 1, seconds=1.0, requests=30),
    made("late", 1, seconds=2.0, late=0, requests=30),
    made("early", 2, seconds=3.0, requests=30),
    made("late", 2, seconds=4.0, late=0, requests=30),
]


def met(records: list[dict[str, Any]], count: int, *cases: str) -> dict[str, bool]:
    return {goal["name"]: goal["met"] for goal in judge(ROW, records, count, cases)}


def test_the_long_run_is_judged_by_its_amounts_too() -> None:
    assert met(GOOD, 2) == {"R3: seconds, longest": True, "R3: late ones": True, "R3: requests": True}


def test_a_run_with_fewer_rounds_has_not_done_enough() -> None:
    assert met(GOOD[:2], 1) == {"R3: seconds, longest": True, "R3: late ones": True, "R3: requests": False}


def test_one_case_alone_is_judged_by_its_own_rounds_and_has_no_amounts_to_reach() -> None:
    assert met(GOOD[1:2], 1, "late") == {"R3: seconds, longest": True, "R3: late ones": True}
    assert met(GOOD[:1], 1, "early") == {"R3: seconds, longest": True}
    assert met([GOOD[0] | {"seconds": 5.1}], 1, "early") == {"R3: seconds, longest": False}
    assert met(GOOD[:1], 1, "late") == {"R3: seconds, longest": False, "R3: late ones": False}


@pytest.mark.parametrize(
    ("records", "missed"),
    [
        pytest.param([*GOOD[:3], GOOD[3] | {"seconds": 5.1}], "R3: seconds, longest", id="too slow"),
        pytest.param([*GOOD[:3], GOOD[3] | {"late": 1}], "R3: late ones", id="one too many"),
        pytest.param([*GOOD[:3], GOOD[3] | {"requests": 9}], "R3: requests", id="too few"),
    ],
)
def test_a_figure_beyond_its_limit_misses_one_goal(records: list[dict[str, Any]], missed: str) -> None:
    assert [name for name, holds in met(records, 2).items() if not holds] == [missed]


def test_what_is_missing_broke_or_was_not_measured_misses_its_goals() -> None:
    assert not any(met([], 2).values())
    assert not met(GOOD[:3], 2)["R3: late ones"]
    assert not met([*GOOD[:3], made("late", 2, broken="no cluster")], 2)["R3: late ones"]
    assert not met([*GOOD[:3], made("late", 2, seconds=1.0)], 2)["R3: late ones"]


def test_every_figure_of_every_case_has_its_spread() -> None:
    found = {(cell["case"], cell["figure"]): cell for cell in cells(ROW, GOOD)}
    seconds = found["late", "seconds"]
    assert (seconds["n"], seconds["median"], seconds["max"]) == (2, 3.0, 4.0)
    assert ("early", "late") not in found
    assert ("early", "round") not in found


def reported(records: list[dict[str, Any]], count: int) -> dict[str, Any]:
    return {
        "commit": "fedcba9876543210",
        "machine": {"cores": 2, "memory_gib": 23.5},
        "finished": "2026-11-25T14:00:00.000Z",
        "goals": judge(ROW, records, count),
        "rows": cells(ROW, records),
        "rounds": records,
    }


def test_the_page_has_goals_spreads_and_what_broke() -> None:
    records = [*GOOD, made("late", 3, broken="the canary had no user")]
    report = reported(records, 3)
    text = page(report, (ROW, row(lambda *_: {}, name="R4")))
    assert "`make bench-reliability`, 2026-11-25, 2 cores, 23.5 GiB, commit fedcba9876." in text
    assert "Rounds of each case: 3 (`make bench-reliability ONLY=R3 ROUNDS=3`); the long run has 2." in text
    assert "| seconds, longest | <= 5 s | 4 | **no** |" in text
    assert "| late | seconds | 2 | 3 | 4 | 4 |" in text
    assert "- late, round 3, broke: the canary had no user" in text
    assert "Measured at commit 0123456789." in text
    assert "## R4: a fault\n\nMust hold: users notice nothing. Not measured yet." in text


def test_the_page_says_why_a_goal_is_missed_and_nothing_of_one_that_is_met() -> None:
    explained = row(lambda *_: {}, explained={"late ones": "the clock was wrong", "seconds, longest": "no"})
    records = [GOOD[0], GOOD[1] | {"late": 1}]
    assert [line for line in page(reported(records, 1), (explained,)).splitlines() if "Missed" in line] == [
        "- Missed, late ones: the clock was wrong.",
        "- Missed, requests: asked of the long run of 2 rounds.",
    ]
    assert "Missed" not in page(reported(GOOD, 2), (explained,))


def test_the_page_says_why_rounds_of_a_case_broke() -> None:
    explained = row(lambda *_: {}, explained={"late": "nobody answered"})
    text = page(reported([GOOD[0], made("late", 1, broken="no answer")], 1), (explained,))
    assert "- late, round 1, broke: no answer: nobody answered." in text
