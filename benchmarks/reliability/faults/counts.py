"""What comes to the API server through a proxy: told apart, and counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from benchmarks.reliability.faults.wire import Asked


class Counts:
    """What came in and what was done to it; each call with the second in which it came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.faults: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self._seconds: Counter[int] = Counter()

    def came(self, asked: Asked) -> None:
        """Note a call."""
        with self._guard:
            self.kinds[kind_of(asked)] += 1
            self._seconds[int(time.monotonic())] += 1

    def failed(self, fault: str) -> None:
        """Note a fault that was done."""
        with self._guard:
            self.faults[fault] += 1

    @property
    def calls(self) -> int:
        """All calls so far, watches included."""
        with self._guard:
            return self._seconds.total()

    def busiest(self, seconds: int = 10) -> float:
        """Calls per second in the busiest stretch of so many whole seconds."""
        with self._guard:
            known = dict(self._seconds)
        stretches = (sum(known.get(first + each, 0) for each in range(seconds)) for first in known)
        return max(stretches, default=0) / seconds

    def reset(self) -> None:
        """Count from 0 again."""
        with self._guard:
            self.faults.clear()
            self.kinds.clear()
            self._seconds.clear()


def is_watch(asked: Asked) -> bool:
    """Whether a request is a watch."""
    return parse_qs(urlsplit(asked.path).query).get("watch", ["0"])[0] in {"1", "true"}


def is_list(asked: Asked) -> bool:
    """Whether a request reads all objects of a kind."""
    parts = urlsplit(asked.path).path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    named = 3 if rest[:1] == ["namespaces"] else 1
    return asked.method == "GET" and len(rest) == named and not is_watch(asked)


def kind_of(asked: Asked) -> str:
    """What a call is about, for a count: its method and the plural of its kind, as `PATCH ingresses`."""
    parts = urlsplit(asked.path).path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    rest = rest[2:] if rest[:1] == ["namespaces"] and len(rest) > 2 else rest
    return f"{'WATCH' if is_watch(asked) else asked.method} {rest[0] if rest else ''}".rstrip()
