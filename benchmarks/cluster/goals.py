"""Goals, and whether the rounds that were played meet them. Pure.

A round that broke, a round that is missing and a figure that nobody measured all count as not met.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.spread import percentile, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.cluster.partial import Row


class Bound(StrEnum):
    """On which side of its limit a figure has to be."""

    AT_MOST = "<="
    AT_LEAST = ">="

    def holds(self, figure: float, limit: float) -> bool:
        """Whether the figure is on the right side."""
        return figure <= limit if self is Bound.AT_MOST else figure >= limit


@dataclass(frozen=True, slots=True)
class Goal:
    """`pick` of the rounds' field `of` against `limit`; `rows` name what it is measured in."""

    name: str
    rows: tuple[str, ...]
    of: str
    pick: Callable[[Sequence[float]], float]
    limit: float
    unit: str
    bound: Bound = Bound.AT_MOST


def p50(figures: Sequence[float]) -> float:
    """The median."""
    return spread(figures).p50


def p95(figures: Sequence[float]) -> float:
    """What 95 % of the rounds do not exceed."""
    return percentile(figures, 0.95)


def p99(figures: Sequence[float]) -> float:
    """What 99 % of the rounds do not exceed."""
    return percentile(figures, 0.99)


def judged(goal: Goal, rounds: Sequence[Row], expected: int) -> dict[str, Any]:
    """Judge one goal by the rounds that are about it; there have to be `expected` of them."""
    broken = [row for row in rounds if "broken" in row]
    figures = [float(row[goal.of]) for row in rounds if "broken" not in row and goal.of in row]
    figure = round(goal.pick(figures), 4) if figures else None
    complete = len(figures) >= expected and not broken
    return {
        "name": goal.name,
        "goal": f"{goal.bound} {goal.limit:g}",
        "figure": figure,
        "unit": goal.unit,
        "met": complete and figure is not None and goal.bound.holds(figure, goal.limit),
        "note": "; ".join(_notes(figures, broken, expected)),
    }


def _notes(figures: Sequence[float], broken: Sequence[Row], expected: int) -> list[str]:
    said = [str(spread(figures))] if figures else ["not measured"]
    if (missing := expected - len(figures) - len(broken)) > 0:
        said.append(f"{missing} of {expected} rounds are missing")
    if broken:
        said.append(f"{len(broken)} of {expected} rounds broke, the first one: {broken[0]['broken']}")
    return said
