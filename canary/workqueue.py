"""Which release is looked at next: each key at most once in the queue and once at work."""

from __future__ import annotations

import heapq
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _nobody(_: float) -> None:
    """Listen to no delay."""


class WorkQueue:
    """Keys with a time at which they are due; asking again for a key never delays it.

    `late` is told how many seconds after that each one is taken.
    """

    def __init__(self, late: Callable[[float], None] = _nobody) -> None:
        self._late = late
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._busy: set[str] = set()
        self._closed = False
        self._changed = threading.Condition()

    def add(self, key: str, after: float = 0.0) -> None:
        """Have `key` looked at within `after` seconds from now."""
        due = time.monotonic() + after
        with self._changed:
            if due < self._due.get(key, float("inf")):
                self._due[key] = due
                heapq.heappush(self._heap, (due, key))
                self._changed.notify()

    def take(self) -> str | None:
        """Wait for the next due key that nobody works on; None once the queue is closed."""
        with self._changed:
            while not self._closed:
                key = self._pop()
                if key is not None:
                    self._busy.add(key)
                    return key
                self._changed.wait(self._pause())
        return None

    def done(self, key: str) -> None:
        """Give a key back; it may be taken again."""
        with self._changed:
            self._busy.discard(key)
            self._changed.notify_all()

    def depths(self) -> dict[str, int]:
        """How many keys are planned for later, due without being taken, and at work."""
        now = time.monotonic()
        with self._changed:
            due = sum(each <= now for each in self._due.values())
            return {"planned": len(self._due) - due, "due": due, "busy": len(self._busy)}

    def close(self) -> None:
        """Send everybody who waits home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _pop(self) -> str | None:
        now, waiting = time.monotonic(), []
        found = None
        while found is None and self._heap and self._heap[0][0] <= now:
            due, key = heapq.heappop(self._heap)
            if self._due.get(key) != due:
                continue
            if key in self._busy:
                waiting.append((due, key))
                continue
            del self._due[key]
            self._late(now - due)
            found = key
        for entry in waiting:
            heapq.heappush(self._heap, entry)
        return found

    def _pause(self) -> float | None:
        """Seconds until something may be due; keys at work wake us by `done`."""
        free = [due for due, key in self._heap if key not in self._busy]
        return max(0.0, min(free) - time.monotonic()) if free else None
