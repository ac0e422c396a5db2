"""A goal is met by figures alone: rounds that broke or are missing never meet one."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.rollback import goals
from benchmarks.rollback.rows import ROWS
from benchmarks.rollback.run import expected

from .seen import made

WANTED = {"failure": 2, "abort": 3, "edit": 2, "good": 1, "tolerated": 1, "memory": 1}
MET = [
    made("failure", 1, seconds=6.2, failed=31, failed_elsewhere=0, weight=10),
    made("failure", 2, seconds=7.9, failed=45, failed_elsewhere=0, weight=10),
    made("abort", 1, seconds=0.4, failed_elsewhere=0, write_seconds=0.2, process_seconds=1.1),
    made("abort", 2, seconds=1.4, failed_elsewhere=0, write_seconds=0.5, process_seconds=1.0),
    made("abort", 3, seconds=0.5, failed_elsewhere=0, write_seconds=0.3, process_seconds=1.0),
    made("edit", 1, seconds=0.1, failed_elsewhere=0),
    made("edit", 2, seconds=0.3, failed_elsewhere=0),
    made("good", 1, seconds=61.0, failed=0),
    made(
        "tolerated",
        1,
        outcome="promoted",
        taken_back=0,
        failed_elsewhere=0,
        seconds=80.0,
        weights=[0, 10, 100, 0],
        error_shares={"0000000000": 0.005, "1111111111": 0.0049},
    ),
    made("memory", 1, highest_mib=71.5),
]
FIRST_BAD = "total failure, first to last bad answer, p95"


def judged(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {goal["name"]: goal for goal in goals.judge(rows, WANTED)}


def changed(name: str, number: int, **measured: Any) -> list[dict[str, Any]]:
    return [row | measured if (row["row"], row["round"]) == (name, number) else row for row in MET]


def test_every_goal_can_be_met() -> None:
    assert [goal["name"] for goal in judged(MET).values() if not goal["met"]] == []


def test_a_goal_has_the_frame_of_every_report() -> None:
    goal = judged(MET)[FIRST_BAD]
    assert (goal["goal"], goal["figure"], goal["unit"]) == ("<= 8", 7.9, "s")
    assert goal["note"].startswith("n 2, median 7.05")


@pytest.mark.parametrize(
    ("rows", "missed"),
    [
        pytest.param(changed("failure", 1, seconds=8.1), FIRST_BAD, id="slow"),
        pytest.param(changed("failure", 1, failed=46), "total failure, failed requests", id="many failed"),
        pytest.param(changed("failure", 2, weight=25), "total failure, highest weight", id="weight rose"),
        pytest.param(
            changed("abort", 1, seconds=1.1), "abort ordered to last canary answer, median", id="b50"
        ),
        pytest.param(changed("abort", 2, seconds=2.1), "abort ordered to last canary answer, p99", id="b99"),
        pytest.param(changed("abort", 1, write_seconds=0.6), "abort, the order's way", id="slow write"),
        pytest.param(changed("edit", 2, seconds=1.1), "foreign weight edit put back", id="slow put back"),
        pytest.param(changed("good", 1, seconds=90.1), "good release, spec change", id="slow release"),
        pytest.param(changed("good", 1, failed=1), "good release, failed requests", id="one failed request"),
        pytest.param(changed("tolerated", 1, taken_back=1), "healthy release with 0.5 %", id="false alarm"),
        pytest.param(changed("memory", 1, highest_mib=80.5), "controller memory", id="fat"),
        pytest.param(changed("edit", 1, failed_elsewhere=1), "requests failed on any but", id="a victim"),
    ],
)
def test_a_figure_beyond_its_limit_misses_one_goal(rows: list[dict[str, Any]], missed: str) -> None:
    names = [name for name, goal in judged(rows).items() if not goal["met"]]
    assert [name.startswith(missed) for name in names] == [True]


def test_a_broken_round_misses_its_goals_and_is_told() -> None:
    goal = judged([*MET[1:], made("failure", 1, broken="the canary answered nobody")])[FIRST_BAD]
    assert (goal["met"], goal["figure"]) == (False, 7.9)
    assert goal["note"].endswith("1 of 2 rounds broke, the first one: the canary answered nobody")


def test_a_missing_round_misses_its_goals() -> None:
    goal = judged(MET[1:])[FIRST_BAD]
    assert goal["met"] is False
    assert "1 of 2 rounds are missing" in goal["note"]


def test_what_nobody_measured_is_listed_as_missed() -> None:
    found = judged([])
    assert {(goal["figure"], goal["met"]) for goal in found.values()} == {(None, False)}
    assert len(found) == len(goals.GOALS)


def test_more_rounds_than_asked_for_are_welcome() -> None:
    assert judged([*MET, made("failure", 3, seconds=6.0, failed=30, failed_elsewhere=0, weight=10)])[
        FIRST_BAD
    ]["met"]


def test_every_row_has_a_goal_and_every_goal_its_rows() -> None:
    assert {name for goal in goals.GOALS for name in goal.rows} == {row.name for row in ROWS}


@pytest.mark.parametrize(
    ("rounds", "long", "short"), [(20, 20, 4), (5, 5, 1), (1, 1, 1)], ids=["all", "few", "one"]
)
def test_long_releases_get_a_fifth_of_the_rounds(rounds: int, long: int, short: int) -> None:
    assert expected(ROWS, rounds) == {
        "failure": long,
        "abort": long,
        "edit": long,
        "good": short,
        "tolerated": short,
        "memory": 1,
    }
