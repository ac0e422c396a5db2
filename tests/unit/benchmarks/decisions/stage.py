"""Ticks and cells for the tests of the decision benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.decisions.forecasts import Model
from benchmarks.decisions.world import BASELINE, EDGES, SCRAPE, Cell, Scenario, Side, Tick

if TYPE_CHECKING:
    from benchmarks.decisions.play import Controller, Move

SAME = Scenario("same", good=True, words="both versions are the same")
HALF_A_SECOND = EDGES.index(0.5)


def cell(rate: float = 100.0, base: float = 0.01, scenario: Scenario = SAME) -> Cell:
    return Cell(scenario, rate, base)


def side(requests: int, errors: int = 0, slow: int = 0) -> Side:
    """`slow` answers took longer than half a second, all others less than ten milliseconds."""
    over = tuple(slow if place <= HALF_A_SECOND else 0 for place in range(len(EDGES)))
    return Side(requests, errors, over, (requests, 0, 0, 0, 0), Model())


def tick(
    number: int,
    canary: Side | None = None,
    *,
    reachable: bool = True,
    restarts: int = 0,
    baseline: Side | None = None,
) -> Tick:
    """The tick with this number from 0; stable answers 900 requests well, and the baseline as the canary."""
    shown = canary if reachable else None
    equal = baseline or canary or side(0)
    begin, end = SCRAPE * number, SCRAPE * (number + 1)
    return Tick(
        begin, end, reachable, 10, shown, lambda *users: equal if users == BASELINE else side(900), restarts
    )


def walk(controller: Controller, ticks: list[Tick]) -> list[tuple[float, Move]]:
    """Every change of mind, with its time; ends where the release ends."""
    found: list[tuple[float, Move]] = []
    for each in ticks:
        move = controller.observe(each)
        if not found or move != found[-1][1]:
            found.append((each.end, move))
        if move.weight in (0, 100):
            break
    return found
