"""A proxy in front of the API server that lets calls fail and watches break, and counts both.

The kinds of faults are what clients of a busy or broken API server meet. Which call meets one is drawn
by chance from a seed; calls are made in no fixed order, so a seed does not repeat a run exactly.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

from benchmarks.reliability.faults.counts import Counts, is_list, is_watch
from benchmarks.reliability.faults.wire import Server, handed_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.reliability.faults.wire import Asked, Exchange

# What can happen to a call. A conflict only to a write, `gone` (410) only to a list; a `lost` call is done,
# but its answer never arrives.
CALLS = ("conflict", "throttled", "broken", "unanswered", "lost", "gone")
# What can happen to a watch: ended early, torn, open but silent, told that its version is too old.
WATCHES = ("ended", "torn", "silent", "expired")
JSON = {"Content-Type": "application/json"}
WRITES = frozenset(("POST", "PUT", "PATCH"))
HELD = 15.0  # seconds for which a caller that gets no answer is kept waiting, longer than it is patient
EARLY = 2  # seconds after which a watch is ended or torn
SILENT = 90.0  # seconds for which a watch stays silent at most
WAIT = urllib3.Timeout(connect=3.0, read=120.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which faults happen, and to which share of the calls and of the watches."""

    share: float = 0.0
    calls: tuple[str, ...] = CALLS
    watches: tuple[str, ...] = ()
    watch_share: float = 0.0


class ApiProxy:
    """Forwards to the API server of a client's configuration; `plan` can be changed at any time."""

    def __init__(self, configuration: Any, seed: int = 1) -> None:
        self.plan = Plan()
        self.counts = Counts()
        self._random = Random(seed)  # noqa: S311 - dice, not secrets
        self._guard = threading.Lock()
        self._upstream = configuration.host
        self._pool = urllib3.PoolManager(
            ca_certs=configuration.ssl_ca_cert, maxsize=64, retries=False, timeout=WAIT
        )
        self._server = Server(self._answer)
        self._calls: Mapping[str, Callable[[Exchange], None]] = {
            "conflict": lambda each: _refuse(each, 409, "Conflict", "the object has been modified"),
            "throttled": lambda each: _refuse(each, 429, "TooManyRequests", "too many requests", after=1),
            "broken": lambda each: _refuse(each, 500, "InternalError", "etcdserver: leader changed"),
            "gone": lambda each: _refuse(each, 410, "Expired", "too old resource version"),
            "unanswered": self._unanswered,
            "lost": self._lost,
            "ended": self._ended,
            "torn": self._torn,
            "silent": self._silent,
            "expired": _expired,
        }

    @property
    def url(self) -> str:
        """Where the controller finds it."""
        return self._server.url

    def open(self) -> None:
        """Begin to listen."""
        self._server.open()

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def _answer(self, exchange: Exchange) -> None:
        self.counts.came(exchange.asked)
        fault = self._drawn(exchange.asked)
        if fault:
            self.counts.failed(fault)
            return self._calls[fault](exchange)
        return self._forward(exchange)

    def _drawn(self, asked: Asked) -> str:
        """What happens to this call; empty for nothing."""
        plan = self.plan
        kinds, share = (
            (plan.watches, plan.watch_share) if is_watch(asked) else (_possible(plan, asked), plan.share)
        )
        with self._guard:
            return self._random.choice(kinds) if kinds and self._random.random() < share else ""

    def _forward(self, exchange: Exchange) -> None:
        answer = self._ask(exchange.asked)
        headers = handed_on(answer.headers.items())
        if is_watch(exchange.asked):
            exchange.stream(answer.status, _chunks(answer), headers)
        else:
            exchange.reply(answer.status, answer.read(decode_content=False), headers)
            answer.release_conn()

    def _ask(self, asked: Asked, path: str = "") -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(
                asked.method,
                f"{self._upstream}{path or asked.path}",
                body=asked.body or None,
                headers=handed_on(asked.headers.items()),
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError:
            self.counts.failed("the API server itself")
            raise  # the caller's connection ends without a word, as it would without us

    def _unanswered(self, exchange: Exchange) -> None:
        exchange.wait(HELD, self._server.stopped)
        exchange.drop()

    def _lost(self, exchange: Exchange) -> None:
        answer = self._ask(exchange.asked)
        answer.drain_conn()
        exchange.drop()

    def _ended(self, exchange: Exchange) -> None:
        answer = self._ask(exchange.asked, shortened(exchange.asked.path))
        exchange.stream(answer.status, _chunks(answer), handed_on(answer.headers.items()))

    def _torn(self, exchange: Exchange) -> None:
        answer = self._ask(exchange.asked, shortened(exchange.asked.path))
        exchange.stream(answer.status, _broken_off(answer, exchange), handed_on(answer.headers.items()))

    def _silent(self, exchange: Exchange) -> None:
        exchange.stream(200, self._nothing(exchange), JSON)

    def _nothing(self, exchange: Exchange) -> Iterator[bytes]:
        exchange.wait(SILENT, self._server.stopped)
        yield from ()


@contextmanager
def api_proxy(configuration: Any, seed: int = 1) -> Iterator[ApiProxy]:
    """A proxy that listens until the end of the block."""
    proxy = ApiProxy(configuration, seed)
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()


def shortened(path: str) -> str:
    """The same watch, to be ended by the server very soon."""
    parts = urlsplit(path)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return f"{parts.path}?{urlencode(query | {'timeoutSeconds': str(EARLY)})}"


def _possible(plan: Plan, asked: Asked) -> tuple[str, ...]:
    fits = {"conflict": asked.method in WRITES, "gone": is_list(asked)}
    return tuple(each for each in plan.calls if fits.get(each, True))


def _chunks(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from answer.stream(65536, decode_content=False)
    finally:
        answer.close()


def _broken_off(answer: urllib3.BaseHTTPResponse, exchange: Exchange) -> Iterator[bytes]:
    yield from _chunks(answer)
    exchange.drop()


def _refuse(exchange: Exchange, code: int, reason: str, words: str, after: int = 0) -> None:
    headers = JSON | ({"Retry-After": str(after)} if after else {})
    exchange.reply(code, _status(code, reason, words), headers)


def _expired(exchange: Exchange) -> None:
    words = "too old resource version"
    event = {"type": "ERROR", "object": json.loads(_status(410, "Expired", words))}
    exchange.stream(200, [json.dumps(event).encode() + b"\n"], JSON)


def _status(code: int, reason: str, words: str) -> bytes:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code}
    return json.dumps(body | {"message": f"{words} (on purpose)"}).encode()
