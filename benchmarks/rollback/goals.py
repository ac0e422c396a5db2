"""The goals of a release on the real cluster, and whether the rounds met them. Pure.

A round that broke, a round that is missing and a figure that nobody measured all count as not met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.rollback.spread import percentile, spread
from demo.report import SCRAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.rollback.measures import Row

REACTION = 3.0  # seconds that may pass beside the wait for one scrape
FIRST_WEIGHT = 10
ELSEWHERE = ("failure", "abort", "edit", "tolerated")  # `good` has a goal of its own for all its requests


@dataclass(frozen=True, slots=True)
class Goal:
    """`pick` of the rows' field `of` may be at most `limit`; `rows` name what it is measured in."""

    name: str
    rows: tuple[str, ...]
    of: str
    pick: Callable[[Sequence[float]], float]
    limit: float
    unit: str


def p50(figures: Sequence[float]) -> float:
    """The median."""
    return spread(figures).p50


def p95(figures: Sequence[float]) -> float:
    """What 95 % of the rounds do not exceed."""
    return percentile(figures, 0.95)


def p99(figures: Sequence[float]) -> float:
    """What 99 % of the rounds do not exceed."""
    return percentile(figures, 0.99)


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
    return [_judged(goal, rows, sum(expected[name] for name in goal.rows)) for goal in GOALS]


def _judged(goal: Goal, rows: Sequence[Row], expected: int) -> dict[str, Any]:
    mine = [row for row in rows if row["row"] in goal.rows]
    broken = [row for row in mine if "broken" in row]
    figures = [float(row[goal.of]) for row in mine if "broken" not in row]
    figure = round(goal.pick(figures), 4) if figures else None
    complete = len(figures) >= expected and not broken
    return {
        "name": goal.name,
        "goal": f"<= {goal.limit:g}",
        "figure": figure,
        "unit": goal.unit,
        "met": complete and figure is not None and figure <= goal.limit,
        "note": "; ".join(_notes(figures, broken, expected)),
    }


def _notes(figures: Sequence[float], broken: Sequence[Row], expected: int) -> list[str]:
    said = [str(spread(figures))] if figures else ["not measured"]
    if (missing := expected - len(figures) - len(broken)) > 0:
        said.append(f"{missing} of {expected} rounds are missing")
    if broken:
        said.append(f"{len(broken)} of {expected} rounds broke, the first one: {broken[0]['broken']}")
    return said
