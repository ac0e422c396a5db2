"""Users over time: warm up, step, peak. Figures start where warming ends."""

import sys
import time
from typing import ClassVar

from locust import LoadTestShape

from loadtest.plan import Stage

PROGRESS_SECONDS = 5


class StagedShape(LoadTestShape):
    """Walks through the stages that its subclass names; the first one only warms up."""

    abstract = True
    stages: ClassVar[tuple[Stage, ...]]
    measured_from = 0.0
    _said = 0.0

    def tick(self) -> tuple[int, float] | None:
        """Give the users of this moment and how fast to reach them; None when the last stage is over."""
        left = self.get_run_time()
        for stage in self.stages:
            if left < stage.seconds:
                self._enter(stage)
                return stage.users, stage.users
            left -= stage.seconds
        return None

    def _enter(self, stage: Stage) -> None:
        now = time.monotonic()
        if stage is not self.stages[0] and not self.measured_from:
            self.runner.stats.reset_all()
            self.measured_from = now
        if now - self._said >= PROGRESS_SECONDS:
            self._said = now
            total = self.runner.stats.total
            counts = f"{total.num_requests} requests, {total.num_failures} failed"
            print(f"gate: {stage.name}: {stage.users} users, {counts}", file=sys.stderr, flush=True)
