"""A proxy in front of the API server that lets calls fail and watches break, and counts both.

The kinds of faults are what clients of a busy or broken API server meet. Which call meets one is drawn
by chance from a seed; calls are made in no fixed order, so a seed does not repeat a run exactly.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

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


class Counts:
    """What came in and what was done to it; each call with the second in which it came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self.faults: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self._seconds: Counter[int] = Counter()

    def came(self, asked: Asked) -> None:
        """Note a call."""
        with self._guard:
            self.kinds[kind_of(asked)] += 1
            self._seconds[int(time.monotonic())] += 1

    def failed(self, fault: str) -> None:
        """Note a fault that was done."""
        with self._guard:
            self.faults[fault] += 1

    @property
    def calls(self) -> int:
        """All calls so far, watches included."""
        with self._guard:
            return self._seconds.total()

    def busiest(self, seconds: int = 10) -> float:
        """Calls per second in the busiest stretch of so many whole seconds."""
        with self._guard:
            known = dict(self._seconds)
        stretches = (sum(known.get(first + each, 0) for each in range(seconds)) for first in known)
        return max(stretches, default=0) / seconds

    def reset(self) -> None:
        """Count from 0 again."""
        with self._guard:
            self.faults.clear()
            self.kinds.clear()
            self._seconds.clear()


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


def is_watch(asked: Asked) -> bool:
    """Whether a request is a watch."""
    return parse_qs(urlsplit(asked.path).query).get("watch", ["0"])[0] in {"1", "true"}


def is_list(asked: Asked) -> bool:
    """Whether a request reads all objects of a kind."""
    parts = urlsplit(asked.path).path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    named = 3 if rest[:1] == ["namespaces"] else 1
    return asked.method == "GET" and len(rest) == named and not is_watch(asked)


def kind_of(asked: Asked) -> str:
    """What a call is about, for a count: its method and the plural of its kind, as `PATCH ingresses`."""
    parts = urlsplit(asked.path).path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    rest = rest[2:] if rest[:1] == ["namespaces"] and len(rest) > 2 else rest
    return f"{'WATCH' if is_watch(asked) else asked.method} {rest[0] if rest else ''}".rstrip()


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
