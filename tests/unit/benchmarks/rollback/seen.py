"""Rounds as they could have been seen from outside, with ten requests a second."""

from __future__ import annotations

from typing import Any

from demo.observed import WeightSeen, Window
from loadtest.records import Record

OLD, NEW = "0000000000", "1111111111"

Answers = tuple[Record, ...]


def answers(first: float, last: float, revision: str = OLD, *, good: bool = True) -> Answers:
    """One answer every tenth of a second from `first` up to `last`, by the starts of the requests."""
    status, error = (200, "") if good else (500, "status-500")
    starts = (round(first + tenth / 10, 1) for tenth in range(round((last - first) * 10)))
    return tuple(Record(start, 3.0, status, revision, "v1", error, valid=good) for start in starts)


def watched(route: list[tuple[float, int]], last: float, *requests: Answers) -> Window:
    """A round from 0 to `last` in which these weights stood, each since its time."""
    weights = tuple(WeightSeen(time, weight) for time, weight in route)
    records = sorted((record for group in requests for record in group), key=lambda record: record.start)
    return Window(0.0, last, weights, (), tuple(records))


def made(name: str, number: int = 1, **measured: Any) -> dict[str, Any]:
    """One kept round."""
    when = {"started": "2026-11-23T13:00:00.000Z", "took": 20.0}
    return {"row": name, "round": number, **when, **measured}
