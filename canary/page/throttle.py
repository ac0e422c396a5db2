"""How often somebody may be wrong: by name and address, by name, and by address."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW = 300.0
MOST_KEYS = 10_000
_OF_BOTH, _OF_ONE = 5, 20


class Key(NamedTuple):
    """Whose failures are counted together, and how many there may be within `WINDOW` seconds."""

    kind: str
    who: str
    most: int


def keys(name: str, address: str) -> tuple[Key, ...]:
    """Whose failure an attempt would be.

    A stranger who knows a name soon meets the limit of that name at their own address; they can shut its
    owner out, who comes from elsewhere, only with many more attempts.
    """
    return (
        Key("both", f"{name} {address}", _OF_BOTH),
        Key("name", name, _OF_ONE),
        Key("address", address, _OF_ONE),
    )


class Throttle:
    """Failures of the last minutes. Safe to share between threads; forgets the oldest when it is full."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Key, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, of: Iterable[Key], now: float) -> float:
        """How many seconds an attempt must still wait, 0 when it may be made."""
        with self._lock:
            return max((self._left(key, now) for key in of), default=0.0)

    def failed(self, of: Iterable[Key], now: float) -> None:
        """Count one failure."""
        with self._lock:
            for key in of:
                self._failures.setdefault(key, deque(maxlen=key.most)).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def _left(self, key: Key, now: float) -> float:
        times = self._failures.get(key)
        return max(0.0, times[0] + WINDOW - now) if times and len(times) == key.most else 0.0
