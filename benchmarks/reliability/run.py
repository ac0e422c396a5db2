"""Plays the rounds that are missing, and keeps each one as soon as it is over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.site import StandstillError
from delivery.errors import StepError
from demo.report import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from benchmarks.reliability.row import Play, Record, Row, Stage

Round = tuple[str, int]  # case and number

PATIENCE = 3  # rounds of a row that may break by a standstill, one after the other, before it is given up
SHOWN = 60  # characters of one figure


class Clock:
    """How long a run may go on: no round is begun that would probably not end in time."""

    def __init__(self, minutes: float = float("inf")) -> None:
        self._end = time.monotonic() + 60 * minutes

    def allows(self, row: Row) -> bool:
        """Whether there is time for one more round of the row."""
        return time.monotonic() + 60 * row.minutes <= self._end


def rounds(row: Row, count: int) -> list[Round]:
    """All rounds of a row, so ordered that a run cut short has met every case about as often."""
    return [(case, number) for number in range(1, count + 1) for case in row.cases]


def play(
    row: Row, stage: Stage, wanted: Sequence[Round], keep: Callable[[Record], None], clock: Clock
) -> None:
    """Play these rounds; a row whose site stands still is opened afresh, but not for ever."""
    todo = iter(wanted)
    stuck = 0
    while stuck < PATIENCE:
        with row.open(stage) as playing:
            if not _on(row, playing, todo, lambda record: _kept(stage, record, keep), clock):
                return
        stuck += 1
        stage.say(f"{row.name}: the site stands still: it is set up afresh")


def _on(row: Row, playing: Play, todo: Iterator[Round], keep: Callable[[Record], None], clock: Clock) -> bool:
    """Go on with the rounds; True when one broke by a standstill, False when nothing is left to do."""
    for case, number in _while(todo, lambda: clock.allows(row)):
        began = time.time()
        standstill = False
        try:
            measured = playing(case, number)
        except StepError as error:
            standstill = isinstance(error, StandstillError)
            measured = {"broken": " ".join(str(error).split())[:300]}
        when = {"started": stamp(began), "took": round(time.time() - began, 1)}
        keep({"row": row.name, "case": case, "round": number, **when, **measured})
        if standstill:
            return True
    return False


def _while(todo: Iterator[Round], allowed: Callable[[], bool]) -> Iterable[Round]:
    while allowed() and (each := next(todo, None)) is not None:
        yield each


def _kept(stage: Stage, record: Record, keep: Callable[[Record], None]) -> None:
    keep(record)
    stage.say(f"{record['row']} {record['case']} {record['round']}: {told(record)}")


def told(record: Record) -> str:
    """What a round measured, in one line."""
    known = ("row", "case", "round", "started")
    return ", ".join(f"{key} {_short(value)}" for key, value in record.items() if key not in known)


def _short(value: Any) -> str:
    said = f"{value:g}" if isinstance(value, float) else str(value)
    return said if len(said) <= SHOWN or " " in said else f"{said[:SHOWN]}..."
