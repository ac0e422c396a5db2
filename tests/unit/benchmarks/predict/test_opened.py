"""The open loop against a server that does as it is told."""

from __future__ import annotations

import asyncio
import socketserver
import threading
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.predict import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.predict.opened import Opened

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LATER = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
SILENT = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def answered(answers: Sequence[bytes], rate: float = 100, stall: float = 0.0) -> Opened:
    """Send as many requests as there are answers; the server lets them all wait until `stall` has passed."""
    left = iter(answers)
    begin = time.monotonic() + stall

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(1000):
                time.sleep(max(0.0, begin - time.monotonic()))
                answer = next(left)
                if not answer:
                    break
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            port = server.server_address[1]
            return asyncio.run(opened.send(port, rate, len(answers) / rate, [REQUEST]))
        finally:
            server.shutdown()
            thread.join()


def test_every_request_is_sent_and_timed() -> None:
    seen = answered([GOOD] * 20)
    assert seen.ends == {"200": 20}
    assert seen.p50_ms is not None
    assert seen.p99_ms is not None
    assert 0 < seen.p50_ms <= seen.p99_ms


def test_a_stall_counts_for_all_requests_that_were_due_meanwhile() -> None:
    seen = answered([GOOD] * 40, rate=100, stall=0.3)
    assert seen.ends == {"200": 40}
    assert seen.max_ms is not None
    assert seen.max_ms >= 250
    assert seen.p50_ms is not None
    assert seen.p50_ms >= 50


def test_refusals_are_counted_and_those_that_promise_nothing_too() -> None:
    seen = answered([GOOD, LATER, SILENT, LATER])
    assert (seen.ends, seen.unpromising) == ({"200": 1, "503": 3}, 1)


def test_a_server_that_hangs_up_has_not_answered() -> None:
    assert answered([b"", b"", GOOD]).ends == {"200": 1, "reset": 2}


@pytest.mark.parametrize("answers", [[LATER] * 3], ids=["refused"])
def test_without_a_good_answer_there_is_no_time(answers: list[bytes]) -> None:
    seen = answered(answers)
    assert (seen.p50_ms, seen.p99_ms, seen.max_ms) == (None, None, None)
