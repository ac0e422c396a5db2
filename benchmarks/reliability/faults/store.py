"""A proxy in front of Prometheus: gone, silent, slow, or with answers that are none.

`fault` says what happens to every question from now on; `ahead` moves its clock.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING

import urllib3

from benchmarks.reliability.faults.nonsense import SPOILT, shifted
from benchmarks.reliability.faults.wire import Server, handed_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.reliability.faults.wire import Exchange

# `refused`: nobody listens. `silent`: connected, but no answer. `slow`: an answer, late but in time.
AWAY = ("refused", "silent", "failing")
SLOW = "slow"
FAULTS = (*AWAY, SLOW, *SPOILT)
LATE = 1.2  # seconds by which a slow answer is late; the controller waits for two
HELD = 30.0  # seconds for which a silent store keeps its caller waiting
TROUBLE = b'{"status": "error", "errorType": "timeout", "error": "query timed out in expression evaluation"}'


class StoreProxy:
    """Forwards every question to one Prometheus, and spoils the answer as it is told."""

    def __init__(self, upstream: str) -> None:
        self.counts: Counter[str] = Counter()
        self.ahead = 0.0
        self._guard = threading.Lock()
        self._fault = ""
        self._upstream = upstream.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=10.0)
        self._server = Server(self._answer)

    @property
    def url(self) -> str:
        """Where the controller finds it."""
        return self._server.url

    @property
    def fault(self) -> str:
        """What is done to the answers now; empty for nothing."""
        return self._fault

    @fault.setter
    def fault(self, name: str) -> None:
        if name and name not in FAULTS:
            raise ValueError(f"{name}: unknown fault: there are {', '.join(FAULTS)}")
        before, self._fault = self._fault, name
        if name == "refused":
            self.close()
        elif before == "refused":
            self.open()

    def open(self) -> None:
        """Begin to listen."""
        self._server.open()

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def _answer(self, exchange: Exchange) -> None:
        fault = self._fault
        with self._guard:
            self.counts[fault or "right"] += 1
        if fault in {"silent", "refused"}:  # refused: a connection that was kept from before
            exchange.wait(HELD if fault == "silent" else 0.0, self._server.stopped)
            exchange.drop()
        if fault == "failing":
            return exchange.reply(503, TROUBLE, {"Content-Type": "application/json"})
        if fault == SLOW:
            time.sleep(LATE)
        return self._forward(exchange, fault)

    def _forward(self, exchange: Exchange, fault: str) -> None:
        asked = exchange.asked
        headers = handed_on(asked.headers.items()) | {"Accept-Encoding": "identity"}
        answer = self._pool.request(
            asked.method, f"{self._upstream}{asked.path}", body=asked.body or None, headers=headers
        )
        body, told = answer.data, handed_on(answer.headers.items())
        if ahead := self.ahead:
            body = shifted(body, ahead)
            told |= {"Date": formatdate(time.time() + ahead, usegmt=True)}
        if fault in SPOILT:
            body = SPOILT[fault](body)
        exchange.reply(answer.status, body, told)


@contextmanager
def store_proxy(upstream: str) -> Iterator[StoreProxy]:
    """A proxy that listens until the end of the block."""
    proxy = StoreProxy(upstream)
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()
