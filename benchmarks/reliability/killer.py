"""Kills a controller over and over: at every move of a release, and at random instants between."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from delivery.errors import StepError

if TYPE_CHECKING:
    from benchmarks.cluster.controller import Controller
    from benchmarks.cluster.standing import Stand

# Seconds between the announcement of a move and the kill: while it is carried out, and when it is done.
DELAYS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3)
AT_WORK = 3.0  # seconds that a controller may have worked when it is killed at random, at most
STARTING = 0.5  # seconds that it may have lived when it is killed while it starts, at most
EARLY = 0.2  # share of the kills at random that hit it while it starts


class Killer:
    """Strikes between `start` and `stop`; each move is met once, so that releases get on."""

    def __init__(self, controller: Controller, seed: int) -> None:
        self._controller = controller
        self._random = random.Random(seed)  # noqa: S311 a repeatable choice of instants, no secret
        self._met: set[object] = set()
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._at_random, name="killer", daemon=True)
        self.at_moves: list[float] = []  # times (epoch)
        self.at_random: list[float] = []
        self.failure = ""

    @property
    def kills(self) -> int:
        """How often the controller was killed."""
        return len(self.at_moves) + len(self.at_random)

    def start(self) -> None:
        """Begin to kill at random, too."""
        self._thread.start()

    def stop(self) -> None:
        """Kill no more; StepError says what went wrong meanwhile."""
        self._stopping.set()
        self._thread.join()
        if self.failure:
            raise StepError(self.failure)

    def moved(self, stand: Stand) -> None:
        """A release has moved: kill at once, or a moment later."""
        if not self._thread.is_alive() or self._stopping.is_set() or stand.move in self._met:
            return
        self._met.add(stand.move)
        time.sleep(self._random.choice(DELAYS))
        self._strike(self.at_moves)

    def _at_random(self) -> None:
        while not self._stopping.is_set():
            early = self._random.random() < EARLY
            while not early and not self._controller.ready() and not self._stopping.wait(0.1):
                continue
            if not self._stopping.wait(self._random.uniform(0.0, STARTING if early else AT_WORK)):
                self._strike(self.at_random)

    def _strike(self, strikes: list[float]) -> None:
        try:
            with self._guard:
                strikes.append(self._controller.kill())
        except StepError as error:
            self.failure = str(error)
