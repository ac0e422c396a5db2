"""Goals are met by whole rows alone, and against the peer that does best."""

from __future__ import annotations

from typing import Any

from benchmarks.predict import goals
from benchmarks.predict.environments import PEERS
from benchmarks.predict.rows import RIVALS, ROWS

from .made import made, overloaded, rival, rounds

TABLE, MODEL = (goal.name for goal in goals.BEST)


def judged(rows: list[dict[str, Any]], count: int = 1, **absent: str) -> dict[str, dict[str, Any]]:
    return {goal["name"]: goal for goal in goals.judge(rows, count, absent)}


def missed(rows: list[dict[str, Any]], count: int = 1, **absent: str) -> set[str]:
    return {name for name, goal in judged(rows, count, **absent).items() if not goal["met"]}


def without(name: str) -> list[dict[str, Any]]:
    return [row for row in rounds(1) if row["row"] != name]


def test_every_goal_can_be_met() -> None:
    assert missed([*rounds(1), *rounds(2)], 2) == set()


def test_no_round_meets_no_goal() -> None:
    assert missed([]) == set(judged([]))


def test_a_missing_round_meets_no_goal() -> None:
    assert missed(rounds(1), 2) == set(judged([]))


def test_the_best_peer_counts_not_the_mean_one() -> None:
    found = judged([*without("flask"), rival("flask", 1, 1600.0)])[TABLE]
    assert (found["met"], found["figure"]) == (False, 1.875)
    assert "the best peer is flask" in found["note"]


def test_a_peer_that_broke_could_have_been_the_best() -> None:
    rows = [*without("mlflow"), made("mlflow", 1, broken="no answer")]
    assert missed(rows) == {TABLE, MODEL}
    assert "not measured: mlflow" in judged(rows)[TABLE]["note"]


def test_a_peer_that_cannot_be_installed_is_named_and_not_waited_for() -> None:
    rows = without("mlflow")
    assert missed(rows, mlflow="no such version") == set()
    assert "not to be installed here: mlflow" in judged(rows, mlflow="no such version")[TABLE]["note"]


def test_without_any_peer_there_is_no_best_one() -> None:
    alone = [row for row in rounds(1) if row["row"] not in goals.PEERS]
    assert missed(alone, **dict.fromkeys(goals.PEERS, "no network")) == {TABLE, MODEL}


def test_overload_is_judged_by_its_worst_round() -> None:
    worst = overloaded(
        2, otherwise=3, unpromising=1, dead_looks=1, recovery_seconds=6.0, accepted_max_ms=2500.0
    )
    overload = {goal.name for goal in goals.GOALS if goal.rows == ("overload",)}
    assert missed([*rounds(1), *(row for row in rounds(2) if row["row"] != "overload"), worst], 2) == overload


def test_goals_and_rows_name_the_same_peers_and_each_has_pinned_packages() -> None:
    assert set(goals.PEERS) | {"empty"} == set(RIVALS)
    assert {name for goal in goals.GOALS for name in goal.rows} < {row.name for row in ROWS}
    for name, subject in RIVALS.items():
        assert subject.peer in {"", name}
        if subject.peer:
            lines = (PEERS / name / "requirements.txt").read_text().splitlines()
            assert lines
            assert all("==" in line for line in lines)
            assert {"joblib", "numpy", "scikit-learn", "scipy"} <= {line.split("==")[0] for line in lines}
