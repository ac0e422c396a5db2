"""The goals of a release on the real cluster, and whether the rounds met them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.cluster.goals import Goal, judged, p50, p95, p99
from demo.report import SCRAPE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.cluster.partial import Row

REACTION = 3.0  # seconds that may pass beside the wait for one scrape
FIRST_WEIGHT = 10
ELSEWHERE = ("failure", "abort", "edit", "tolerated")  # `good` has a goal of its own for all its requests


GOALS = (
    Goal(
        "total failure, first to last bad answer, p95", ("failure",), "seconds", p95, SCRAPE + REACTION, "s"
    ),
    Goal("total failure, failed requests, most in a round", ("failure",), "failed", max, 45, "requests"),
    Goal("total failure, highest weight", ("failure",), "weight", max, FIRST_WEIGHT, "%"),
    Goal("abort ordered to last canary answer, median", ("abort",), "seconds", p50, 1.0, "s"),
    Goal("abort ordered to last canary answer, p99", ("abort",), "seconds", p99, 2.0, "s"),
    Goal("abort, the order's way to the API server, p99", ("abort",), "write_seconds", p99, 0.5, "s"),
    Goal("foreign weight edit put back, median", ("edit",), "seconds", p50, 0.5, "s"),
    Goal("good release, spec change to last old answer, longest", ("good",), "seconds", max, 90.0, "s"),
    Goal("good release, failed requests", ("good",), "failed", sum, 0, "requests"),
    Goal("healthy release with 0.5 % errors taken back", ("tolerated",), "taken_back", sum, 0, "releases"),
    Goal("controller memory with one release", ("memory",), "highest_mib", max, 80, "MiB"),
    Goal(
        "requests failed on any but the faulty revisions", ELSEWHERE, "failed_elsewhere", sum, 0, "requests"
    ),
)


def judge(rows: Sequence[Row], expected: Mapping[str, int]) -> list[dict[str, Any]]:
    """Judge every goal; `expected` says how many rounds of each row there have to be."""
    return [
        judged(
            goal,
            [row for row in rows if row["row"] in goal.rows],
            sum(expected[name] for name in goal.rows),
        )
        for goal in GOALS
    ]
