"""The short form of a row of `make bench-reliability`: a few rounds, through the same code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.reliability.report import judge
from benchmarks.reliability.run import Clock, play

if TYPE_CHECKING:
    from benchmarks.reliability.row import Record, Row, Stage


def missed(row: Row, stage: Stage, *cases: str, rounds: int = 1) -> list[str]:
    """Play some cases of a row (all when none is named); the goals that were not met, in words."""
    unknown = set(cases) - set(row.cases)
    assert not unknown, f"{row.name} has no case {', '.join(sorted(unknown))}: there are {row.cases}"
    chosen = cases or row.cases
    records: list[Record] = []
    wanted = [(case, number) for number in range(1, rounds + 1) for case in chosen]
    play(row, stage, wanted, records.append, Clock())
    goals = judge(row, records, rounds, chosen)
    assert goals, f"{row.name}: no goal is about {chosen}: the test proves nothing"
    return [
        f"{goal['name']}: {goal['figure']} ({goal['goal']} {goal['unit']}); {goal['note']}"
        for goal in goals
        if not goal["met"]
    ]
