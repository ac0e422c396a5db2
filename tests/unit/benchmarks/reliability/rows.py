"""Rows that need no cluster."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from benchmarks.cluster.goals import Bound, Goal
from benchmarks.reliability.row import Row, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.reliability.row import Record


class Book:
    """Notes what was said and how often a row was opened."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.opened = 0

    @property
    def stage(self) -> Stage:
        return Stage(cast("Any", None), self.said.append)


def row(play: Callable[[str, int], Record], book: Book | None = None, **fields: Any) -> Row:
    """A row of two cases; `late` has a goal of its own."""

    @contextmanager
    def opened(_: Stage) -> Iterator[Callable[[str, int], Record]]:
        if book is not None:
            book.opened += 1
        yield play

    goals = (
        Goal("seconds, longest", (), "seconds", max, 5.0, "s"),
        Goal("late ones", ("late",), "late", sum, 0, "rounds"),
    )
    amounts = (Goal("requests", (), "requests", sum, 100, "requests", Bound.AT_LEAST),)
    known: dict[str, Any] = {
        "name": "R3",
        "title": "a fault",
        "holds": "users notice nothing",
        "method": "By looking.",
        "cases": ("early", "late"),
        "long": 2,
        "minutes": 0.5,
        "open": opened,
        "goals": goals,
        "amounts": amounts,
    }
    return Row(**(known | fields))


def made(case: str, number: int = 1, **measured: Any) -> dict[str, Any]:
    """One kept round."""
    when = {"started": "2026-11-25T13:00:00.000Z", "took": 20.0, "commit": "0123456789ab"}
    return {"row": "R3", "case": case, "round": number, **when, **measured}
