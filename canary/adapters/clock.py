"""The only place that asks what time it is."""

from __future__ import annotations

import threading
import time

from canary.adapters.ahead import OtherClock

# Of the time that passes, how much the clock may go faster or slower to be right again.
SLEW = 0.01


class SystemClock:
    """The machine's clock, in seconds since the epoch, without its jumps and its errors.

    A clock that is set jumps, and a deadline would be over, or a hold last for hours, for no reason. So time
    goes on here as fast as it passes, and is led back to the right one by one part in a hundred. A machine
    whose clock is off would read the times that another one wrote as if they were of another hour: where it
    disagrees with the API server, which all controllers hear, that one is right.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server = OtherClock("API server")
        self._passed, self._now = _passed(), time.time()
        self._began = False

    def heard(self, date: str) -> None:
        """Note the Date of an answer of the API server; the first one says what time it is to begin with."""
        self._server.heard(date)
        with self._lock:
            if date and not self._began:
                self._began, self._passed, self._now = True, _passed(), self._right()

    def now(self) -> float:
        with self._lock:
            passed = _passed()
            went = passed - self._passed
            self._passed, self._now = passed, self._now + went
            room = SLEW * went
            self._now += max(-room, min(room, self._right() - self._now))
            return self._now

    def _right(self) -> float:
        wall = time.time()
        return wall + self._server.ahead(wall)


def _passed() -> float:
    """Seconds that have passed, those in which the machine was asleep included where it can tell."""
    asleep_too = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if asleep_too is None else time.clock_gettime(asleep_too)
