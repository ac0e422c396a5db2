"""Goals and spreads of what was played. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.cluster.goals import judged
from benchmarks.cluster.spread import spread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from benchmarks.cluster.goals import Goal
    from benchmarks.reliability.row import Record, Row

_NO_FIGURES = ("round",)


def judge(row: Row, records: Sequence[Record], count: int, cases: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Judge the goals of a row of which `count` rounds of each case were to be played.

    With `cases` only these were to be played: a goal about several is judged by those of them, and how much
    was done is not judged.
    """
    played = tuple(cases) or row.cases
    judged_of = ((goal, _cases(row, goal, played)) for goal in row.goals + (() if cases else row.amounts))
    return [_judged(row, goal, records, count, mine) for goal, mine in judged_of if mine]


def cells(row: Row, records: Sequence[Record]) -> list[dict[str, Any]]:
    """How the figures of each case lie: one object a cell."""
    return [
        cell for case in row.cases for cell in _cells(row, case, [r for r in records if r["case"] == case])
    ]


def _judged(
    row: Row, goal: Goal, records: Sequence[Record], count: int, cases: Collection[str]
) -> dict[str, Any]:
    mine = [record for record in records if record["case"] in cases]
    found = judged(goal, mine, count * len(cases))
    return found | {"name": f"{row.name}: {goal.name}", "row": row.name}


def _cases(row: Row, goal: Goal, played: Collection[str]) -> list[str]:
    return [case for case in goal.rows or row.cases if case in played]


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
