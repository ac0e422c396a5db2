"""Goals and spreads of what was played. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.cluster.goals import judged
from benchmarks.cluster.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.cluster.goals import Goal
    from benchmarks.reliability.row import Record, Row

_NO_FIGURES = ("round",)


def judge(row: Row, records: Sequence[Record], count: int, cases: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Judge the goals of a row of which `count` rounds of each case (of these, if any) were to be played."""
    played = tuple(cases) or row.cases
    goals = row.goals + (row.amounts if count >= row.long and played == row.cases else ())
    return [_judged(row, goal, records, count) for goal in goals if set(_cases(row, goal)) <= set(played)]


def cells(row: Row, records: Sequence[Record]) -> list[dict[str, Any]]:
    """How the figures of each case lie: one object a cell."""
    return [
        cell for case in row.cases for cell in _cells(row, case, [r for r in records if r["case"] == case])
    ]


def _judged(row: Row, goal: Goal, records: Sequence[Record], count: int) -> dict[str, Any]:
    cases = _cases(row, goal)
    mine = [record for record in records if record["case"] in cases]
    found = judged(goal, mine, count * len(cases))
    return found | {"name": f"{row.name}: {goal.name}", "row": row.name}


def _cases(row: Row, goal: Goal) -> tuple[str, ...]:
    return goal.rows or row.cases


def _cells(row: Row, case: str, records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    names = dict.fromkeys(key for record in records for key, value in record.items() if _figure(key, value))
    broken = sum("broken" in record for record in records)
    for name in names:
        lie = spread([float(record[name]) for record in records if name in record])
        spreads = {"median": lie.p50, "p95": lie.p95, "p99": lie.p99, "max": lie.max}
        yield {
            "row": row.name,
            "case": case,
            "figure": name,
            "n": lie.n,
            "broken": broken,
            **{key: round(value, 4) for key, value in spreads.items()},
        }


def _figure(key: str, value: Any) -> bool:
    return key not in _NO_FIGURES and isinstance(value, int | float)
