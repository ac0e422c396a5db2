"""A time in which users ask at a steady rate and the route is watched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from delivery.errors import StepError
from demo.observed import Window
from loadtest.records import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.reads import Reads
    from demo.traffic import Traffic
    from demo.watchers import Weights
    from loadtest.records import Record

    Route = Sequence[int]

LOOK = 0.1  # seconds between two looks
ARRIVAL = 20.0  # seconds within which the first user has to be answered


class LateError(StepError):
    """What was waited for has not happened in time."""


class Stretch:
    """Lasts from its creation to `finish`, which gives what was seen in between."""

    def __init__(self, traffic: Traffic, weights: Weights, reads: Reads) -> None:
        self.started = time.time()
        self._traffic = traffic
        self._weights = weights
        self._reads = reads

    def await_users(self) -> None:
        """Wait until the first user is answered. Raises StepError when nobody is."""
        self._until(lambda: bool(self.records()), ARRIVAL, "the first answer to a user")

    def until(self, happened: Callable[[Route], bool], patience: float, what: str) -> None:
        """Wait for something in the weights that stood so far. Raises LateError after `patience` seconds."""
        self._until(lambda: happened(self._window(()).route), patience, what)

    def last(self, seconds: float) -> None:
        """Watch for some more seconds."""
        end = time.monotonic() + seconds
        self._until(lambda: time.monotonic() >= end, seconds + 5, f"{seconds:g} s more")

    def records(self) -> list[Record]:
        """Every request that has been answered so far."""
        return list(read(self._traffic.log)) if self._traffic.log.exists() else []

    def finish(self) -> Window:
        """Let the users go, and give everything that was seen."""
        self._traffic.check()
        self._traffic.stop()
        return self._window(self.records())

    def _window(self, records: Sequence[Record]) -> Window:
        now = time.time()
        seen = Window(self.started, now, tuple(self._weights.seen), (), tuple(records))
        return seen.between(self.started, now)

    def _until(self, happened: Callable[[], bool], patience: float, what: str) -> None:
        deadline = time.monotonic() + patience
        while not happened():
            self._traffic.check()
            self._weights.watcher.check()
            if time.monotonic() > deadline:
                said = self._reads.status().get("reason", "nothing")
                seen = f"weights {self._window(()).route}, the controller says: {said}"
                raise LateError(f"{what}: not seen within {patience:.0f} s; {seen}")
            time.sleep(LOOK)
