"""The story on stderr: what is being done, and a sign of life while it takes long."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

BEAT = 5.0  # seconds between two signs of life


def say(text: str) -> None:
    """Print one line of the story."""
    print(f"devcluster: {text}", file=sys.stderr, flush=True)


@dataclass(slots=True)
class Heartbeat:
    """Says how long a step has been running, at most once every BEAT seconds."""

    doing: str
    started: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)

    def beat(self, detail: str = "") -> None:
        """Say the step, its detail and its seconds if the last sign of life is BEAT seconds old."""
        now = time.monotonic()
        if now - self.last >= BEAT:
            self.last = now
            say(f"{self.doing}: {detail + ', ' if detail else ''}{now - self.started:.0f} s")
