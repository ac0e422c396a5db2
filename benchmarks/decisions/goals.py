"""The goals of this benchmark, each with the figure of every cell that it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.decisions.controllers import OURS
from benchmarks.decisions.oracle import seconds_back, seconds_up
from benchmarks.decisions.ours import CLOCKS
from benchmarks.decisions.outcomes import at_most
from benchmarks.decisions.validity import GAMES, largest_expectation, units_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Row = dict[str, Any]
    Goal = dict[str, Any]

_MEDIAN, _P95 = 0, 1


def goals(rows: Sequence[Row]) -> list[Goal]:
    """G1 to G7 for our rows; nothing is left out because it is missed."""
    ours = [row for row in rows if row["controller"] == OURS]
    return [goal for row in ours for part in _PARTS for goal in part(row)]


def validity_goals(rows: Sequence[Row]) -> list[Goal]:
    """G8, from the boundary cases; none before these were played."""
    if not rows:
        return []
    whole = [row for row in rows if row["parts"] == 1]
    split = [row for row in rows if row["parts"] > 1]
    return [
        _number("G8 expectation of one tick's e-variable, largest", 1 + 1e-9, largest_expectation(), "exact"),
        _number("G8 boundary cases that chance does not explain", 0, _unfair(whole), f"of {len(whole)}"),
        _number("G8 the same with ticks in pieces", 0, _unfair(split), f"of {len(split)}"),
        _number("G8 units that change a rule", 0, int(not units_agree()), "percent, fraction, s, ms"),
    ]


def _unfair(rows: Sequence[Row]) -> int:
    return sum(not all(row[game]["fair"] for game in GAMES) for row in rows)


def _g1(row: Row) -> Iterator[Goal]:
    if not row["good"]:
        return
    clocks = sum(row["causes"].get(clock, 0) for clock in CLOCKS)
    wrong = row["rolled_back"] - clocks
    note = _bound(wrong, row["n"])
    if clocks:
        note += f"; {clocks} more went back by the clocks for no data, as they should"
    yield _share("G1 false rollback", row, 0.02 if row["scenario"] == "noise-1" else 0.01, wrong, note)


def _g2(row: Row) -> Iterator[Goal]:
    if not row["good"]:
        note = _bound(row["promoted"], row["n"])
        if row["undecided"]:
            note += f"; {row['undecided']} still held after 3 h"
        yield _share("G2 promoted although bad", row, 0.01, row["promoted"], note)


def _g3(row: Row) -> Iterator[Goal]:
    if row["scenario"] == "errors+100":
        limit = 30 if row["rate"] >= 10 else 75
        yield _seconds("G3 total failure, back (p95)", row, limit, row["back"][_P95])


def _g4(row: Row) -> Iterator[Goal]:
    limits = {"errors+5": {10: 105, 100: 30, 1000: 30}, "errors+0.5": {100: 180, 1000: 45}}
    limit = limits.get(row["scenario"], {}).get(row["rate"])
    if limit is not None:
        needs = seconds_back(row["rate"], row["base"], 0.05 if row["scenario"] == "errors+5" else 0.005)
        yield _seconds("G4 more errors, back (median)", row, limit, row["back"][_MEDIAN], needs)


def _g5(row: Row) -> Iterator[Goal]:
    limits = {"latency-x2": {10: 45, 100: 45, 1000: 45}, "latency-x1.2": {100: 90, 1000: 90}}
    limit = limits.get(row["scenario"], {}).get(row["rate"])
    if limit is not None:
        yield _seconds("G5 slower answers, back (median)", row, limit, row["back"][_MEDIAN])


def _g6(row: Row) -> Iterator[Goal]:
    if row["scenario"] != "identical":
        return
    if row["rate"] >= 100 or (row["rate"], row["base"]) == (10, 0.001):
        needs, limit = seconds_up(row["rate"], row["base"]), 200 if row["rate"] >= 100 else 480
        yield _seconds("G6 good canary, promoted (median)", row, limit, row["up"][_MEDIAN], needs)


def _g7(row: Row) -> Iterator[Goal]:
    yield _number(f"G7 raised without data: {row['cell']}", 0, row["unseen"], "", "releases")
    expected = {"no-traffic": "idle", "prometheus-gone": "blind"}.get(row["scenario"])
    if expected:
        other = row["n"] - row["causes"].get(expected, 0)
        note = f"rolled back as {expected} after {row['back'][_MEDIAN]} s"
        yield _share(f"G7 not ended as {expected}", row, 0.0, other, note)


_PARTS: tuple[Callable[[Row], Iterator[Goal]], ...] = (_g1, _g2, _g3, _g4, _g5, _g6, _g7)


def _share(name: str, row: Row, limit: float, events: int, note: str) -> Goal:
    return _number(f"{name}: {row['cell']}", limit, events / row["n"], note, "share")


def _seconds(name: str, row: Row, limit: float, figure: float | None, needs: int | None = None) -> Goal:
    """`needs`: what one would need who knew the true shares."""
    goal = _number(f"{name}: {row['cell']}", limit, figure, "", "s")
    notes = ["so many never get there"] if figure is None else []
    if needs is not None:
        notes.append(f"one who knew both true shares would need about {needs:,} s")
    if needs is not None and not goal["met"]:
        notes.append(
            f"no method with this guarantee can be expected to tell it from what comes in {limit:g} s"
            if needs > limit
            else "the rest is what it costs to learn the shares, and to bet on others as well"
        )
    return {**goal, "note": "; ".join(notes)}


def _number(name: str, limit: float, figure: float | None, note: str, unit: str = "") -> Goal:
    met = figure is not None and figure <= limit
    return {"name": name, "goal": f"<= {limit:g}", "figure": figure, "unit": unit, "met": met, "note": note}


def _bound(events: int, trials: int) -> str:
    return f"{events} of {trials}, at most {100 * at_most(events, trials):.3g} % with 95 % confidence"
