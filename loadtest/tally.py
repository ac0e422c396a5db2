"""Counts of what came back, by everything an answer says about itself."""

import threading
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal

from loadtest.records import Record

Field = Literal["status", "revision", "version", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one finished request came to; empty words where the answer did not say."""

    status: int
    revision: str
    version: str
    error: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts at one moment: requests sent, and how the finished ones ended."""

    sent: int
    outcomes: dict[Outcome, int]

    @property
    def finished(self) -> int:
        """Requests that have an outcome; the rest is in flight."""
        return sum(self.outcomes.values())

    @property
    def failed(self) -> int:
        """Finished requests that a user would call an error."""
        return sum(n for outcome, n in self.outcomes.items() if outcome.error)

    def by(self, name: Field, *, only_failed: bool = False) -> dict[Any, int]:
        """Finished requests by one field of their outcome."""
        counts: Counter[Any] = Counter()
        for outcome, n in self.outcomes.items():
            if outcome.error or not only_failed:
                counts[getattr(outcome, name)] += n
        return dict(counts)

    def summary(self) -> dict[str, Any]:
        """All counts as plain JSON values."""
        rows = [asdict(outcome) | {"requests": n} for outcome, n in self.outcomes.items()]
        return {"sent": self.sent, "finished": self.finished, "failed": self.failed, "outcomes": rows}


class Tally:
    """The running counts; safe to read while another thread counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = 0
        self._outcomes: Counter[Outcome] = Counter()

    def send(self) -> None:
        """Count one request that leaves now."""
        with self._lock:
            self._sent += 1

    def finish(self, record: Record) -> None:
        """Count how one request ended."""
        outcome = Outcome(record.status, record.revision, record.version, record.error)
        with self._lock:
            self._outcomes[outcome] += 1

    def snapshot(self) -> Snapshot:
        """Copy the counts of this moment."""
        with self._lock:
            return Snapshot(self._sent, dict(self._outcomes))
