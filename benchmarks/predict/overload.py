"""More than can be answered: who is served, what the rest is told, who still looks, and how it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.predict.served import NO_ANSWER
from delivery.errors import StepError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from benchmarks.cluster.partial import Row
    from benchmarks.predict.loads import Loads
    from benchmarks.predict.questions import Question
    from benchmarks.predict.served import Server

TIMES = 3
LOOK = 0.1  # seconds between two looks at the liveness
PROBE = 1.0  # seconds that a prober waits, as the chart's does
CALM = 20  # answers in a row that are quick again
QUICK = 0.1  # seconds of a quick answer
PATIENCE = 30.0  # seconds for the server to be itself again


def measure(server: Server, loads: Loads, question: Question) -> Row:
    """Ask for `TIMES` as much as was answered just before, and look on."""
    capacity = loads.closed(server).rate
    rate = round(TIMES * capacity)
    loop = loads.begin(server, rate)
    alive = _watched(loop, lambda: server.probe("/livez", PROBE)[0] == 200, loads.seconds)
    seen = loads.finish(loop)
    recovered = _recovery(lambda: server.ask(question)[0] == 200)
    others = {end: count for end, count in seen.ends.items() if end not in {"200", "503"}}
    return {
        "capacity": capacity,
        "asked": rate,
        "accepted": round(seen.ends.get("200", 0) / loads.seconds, 1),
        "accepted_p99_ms": seen.p99_ms,
        "accepted_max_ms": seen.max_ms,
        "refused": round(seen.ends.get("503", 0) / loads.seconds, 1),
        "otherwise": sum(others.values()),
        "others": others,
        "unpromising": seen.unpromising,
        "looks": len(alive),
        "dead_looks": alive.count(False),
        "recovery_seconds": recovered,
    }


def _watched(loop: subprocess.Popen[bytes], lives: Callable[[], bool], seconds: float) -> list[bool]:
    """Whether it lived, at each look while the load comes."""
    seen: list[bool] = []
    end = time.monotonic() + seconds
    while loop.poll() is None and time.monotonic() < end:
        try:
            seen.append(lives())
        except NO_ANSWER:
            seen.append(False)
        time.sleep(LOOK)
    return seen


def _recovery(answers: Callable[[], bool]) -> float:
    """Seconds from now to the first of `CALM` quick answers in a row. Raises StepError without them."""
    began = calm = time.monotonic()
    row = 0
    while row < CALM:
        asked = time.monotonic()
        try:
            good = answers()
        except NO_ANSWER:
            good = False
        row = row + 1 if good and time.monotonic() - asked <= QUICK else 0
        if row == 1:
            calm = asked
        if time.monotonic() - began > PATIENCE:
            raise StepError(f"overload: {PATIENCE:.0f} s after it there are no quick answers yet")
    return round(calm - began, 3)
