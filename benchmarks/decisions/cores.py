"""Many independent tasks on all cores, with a line about it every few seconds."""

from __future__ import annotations

import signal
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SILENCE = 5.0  # seconds between two lines


def on_all_cores(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    jobs: int,
    take: Callable[[tuple[Any, ...], Any], str],
    tell: Callable[[str], None],
) -> None:
    """Call `function` with each task's arguments in `jobs` processes.

    `take` gets every task with its result, in this process, and says how far things are; `tell` is
    given that and the time, at least every five seconds. An interrupt lets running tasks end.
    """
    began = told = time.monotonic()
    done, words = 0, "starts"
    with ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent) as pool:
        futures = {pool.submit(function, *task): task for task in tasks}
        pending = set(futures)
        try:
            while pending:
                finished, pending = wait(pending, timeout=_SILENCE, return_when=FIRST_COMPLETED)
                for future in finished:
                    words = take(futures[future], future.result())
                    done += 1
                now = time.monotonic()
                if not pending or now - told >= _SILENCE:
                    told = now
                    tell(f"{_clock(now - began, done, len(tasks))}: {words}")
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _clock(seconds: float, done: int, tasks: int) -> str:
    left = f", about {seconds / done * (tasks - done) / 60:.1f} min left" if done else ""
    return f"[{seconds / 60:.1f} min{left}] {done} of {tasks} blocks"


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
