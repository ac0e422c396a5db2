"""Looks at the metrics that never keep a release waiting.

An abort, or a weight that somebody changed by hand, is dealt with at once, however slow the metrics
store is: a look that takes long goes on in the background and its release is called again.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from canary.ports import SerinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.core.model import Reading
    from canary.ports import Metrics, MetricsQuery

LOG = logging.getLogger("canary.looks")

PATIENCE_SECONDS = 0.3
FRESH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Look:
    """One query and what came of it; None when the store gave no usable answer."""

    query: MetricsQuery
    reading: Reading | None


class Looks:
    """The latest look at each release; `arrived` is called with the key of a late one."""

    def __init__(self, metrics: Metrics, arrived: Callable[[str], None], threads: int) -> None:
        self._metrics, self._arrived = metrics, arrived
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="look")
        self._running: dict[str, Future[Look]] = {}
        self._latest: dict[str, Look] = {}
        self._lock = threading.Lock()

    def look(self, key: str, query: MetricsQuery, *, hurry: bool) -> Reading | None:
        """The reading for these windows: a fresh one, or one of the last seconds if that takes long."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                running = self._running[key] = self._pool.submit(self._read, key, query)
        wait([running], 0.0 if hurry else PATIENCE_SECONDS)
        if running.done():
            with self._lock:
                self._running.pop(key, None)
        else:
            running.add_done_callback(lambda _: self._arrived(key))
        latest = self._latest.get(key)
        return latest.reading if latest and _fits(latest.query, query) else None

    def __len__(self) -> int:
        """How many releases are looked at."""
        return len(self._latest)

    def forget(self, key: str) -> None:
        """Drop what is kept for a release that is gone or at rest."""
        with self._lock:
            self._latest.pop(key, None)
            self._running.pop(key, None)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, key: str, query: MetricsQuery) -> Look:
        try:
            look = Look(query, self._metrics.read(query))
        except SerinError as error:
            LOG.warning("%s", error, extra={"release": key})
            look = Look(query, None)
        self._latest[key] = look
        return look


def _fits(old: MetricsQuery, new: MetricsQuery) -> bool:
    """Whether the same windows were asked for, not long ago; what was taken in since then does no harm."""
    same = replace(old, now=new.now, recent=new.recent, since=new.since) == new
    older = all(old.since[view] <= begin for view, begin in new.since.items())
    return same and older and new.now - old.now < FRESH_SECONDS
