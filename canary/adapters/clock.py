"""The only place that asks what time it is."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's clock, in seconds since the epoch."""

    def now(self) -> float:
        return time.time()
