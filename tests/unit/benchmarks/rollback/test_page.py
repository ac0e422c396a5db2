"""The page has every goal, every spread, and what cannot be put into figures."""

from __future__ import annotations

from typing import Any

from benchmarks.rollback import goals
from benchmarks.rollback.page import page

from .seen import made

ROUNDS = [
    made("abort", 1, seconds=0.4, failed_elsewhere=0, write_seconds=0.2, process_seconds=1.1),
    made("abort", 2, seconds=0.6, failed_elsewhere=0, write_seconds=0.3, process_seconds=1.2),
    made("abort", 3, broken="the canary had no user"),
    made(
        "tolerated",
        1,
        outcome="promoted",
        taken_back=0,
        failed_elsewhere=0,
        seconds=81.2,
        weights=[0, 10, 100, 0],
        error_shares={"0000000000": 0.005, "1111111111": 0.0049},
    ),
]
WANTED = {"failure": 3, "abort": 3, "edit": 3, "good": 1, "tolerated": 1, "memory": 1}


def written() -> str:
    report: dict[str, Any] = {
        "commit": "0123456789abcdef",
        "machine": {"cores": 2, "memory_gib": 23.5},
        "finished": "2026-11-23T14:00:00.000Z",
        "goals": goals.judge(ROUNDS, WANTED),
        "rows": ROUNDS,
    }
    return page(report, "make bench-rollback ROUNDS=3")


def test_it_says_how_when_and_where_it_was_measured() -> None:
    origin = "`make bench-rollback ROUNDS=3`, 2026-11-23, 2 cores, 23.5 GiB, commit 0123456789."
    assert origin in written()


def test_a_missed_goal_is_listed_like_a_met_one() -> None:
    text = written()
    assert "| healthy release with 0.5 % errors taken back | <= 0 releases | 0 | yes |" in text
    assert "| good release, failed requests | <= 0 requests | - | **no** |" in text
    assert text.count("| yes |") + text.count("| **no** |") == len(goals.GOALS)


def test_measured_figures_have_their_spread() -> None:
    assert "| abort | order to last canary answer, s | 2 | 0.5 | 0.6 | 0.6 | 0.6 |" in written()
    assert "first to last bad answer, s |" not in written()


def test_endings_and_broken_rounds_are_told() -> None:
    text = written()
    assert "- tolerated, round 1: promoted after 81 s, weights [0, 10, 100, 0], errors 0.50%, 0.49%" in text
    assert "- abort, round 3, broke: the canary had no user" in text
