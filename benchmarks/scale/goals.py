"""What many releases may cost, and whether they do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """The field `of` of the row `row` with so many `releases` may be at most `limit`.

    `why` says what it was when it is missed.
    """

    name: str
    row: str
    releases: int
    of: str
    limit: float
    unit: str
    why: str = ""


GOALS = (
    Goal("resident memory at rest", "rest", 100, "resident_mib", 120, "MiB"),
    Goal("resident memory at rest", "rest", 1000, "resident_mib", 500, "MiB"),
    Goal("resident memory, 100 moving", "busy", 1000, "resident_mib", 500, "MiB"),
    Goal("from the start to the last first look", "rest", 1000, "start_seconds", 30, "s"),
    Goal("calls of the API server at rest", "rest", 1000, "calls_per_second", 20, "per s"),
    Goal(
        "how late a release is looked at, p99, 100 moving",
        "busy",
        1000,
        "lag_p99_seconds",
        1.0,
        "s",
        "each look at a release under way waits for its writes, which are slow where API server, etcd and "
        "Prometheus share their cores with the controller",
    ),
)


def judge(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Judge every goal; a figure that was not measured is not met."""
    return [_judged(goal, rows) for goal in GOALS]


def _judged(goal: Goal, rows: Sequence[Row]) -> dict[str, Any]:
    mine = (row for row in rows if (row["row"], row["releases"]) == (goal.row, goal.releases))
    figure = next((row.get(goal.of) for row in mine), None)
    met = figure is not None and figure <= goal.limit
    missed = "not measured" if figure is None else goal.why
    return {
        "name": f"{goal.name}, {goal.releases:,} releases",
        "goal": f"<= {goal.limit:g}",
        "figure": figure,
        "unit": goal.unit,
        "met": met,
        "note": "" if met else missed,
    }
