"""The only place that asks what time it is."""

from __future__ import annotations

import threading
import time

# Of the time that passes, how much the clock may go faster or slower to be right again.
SLEW = 0.01


class SystemClock:
    """The machine's clock, in seconds since the epoch, without its jumps.

    A clock that is set jumps, and a deadline would be over, or a hold last for hours, for no reason. So time
    goes on here as fast as it passes, and is led back to the machine's clock by one part in a hundred.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed, self._now = _passed(), time.time()

    def now(self) -> float:
        with self._lock:
            passed = _passed()
            went = passed - self._passed
            self._passed, self._now = passed, self._now + went
            room = SLEW * went
            self._now += max(-room, min(room, time.time() - self._now))
            return self._now


def _passed() -> float:
    """Seconds that have passed, those in which the machine was asleep included where it can tell."""
    asleep_too = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if asleep_too is None else time.clock_gettime(asleep_too)
