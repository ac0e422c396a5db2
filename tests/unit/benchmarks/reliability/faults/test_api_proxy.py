"""The proxy in front of the API server does what it is told, to the share it is told, and counts it."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import urllib3

from benchmarks.reliability.faults.api import CALLS, ApiProxy, Plan, api_proxy, shortened
from benchmarks.reliability.faults.counts import is_list, kind_of
from benchmarks.reliability.faults.wire import Asked, Exchange, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

INGRESSES = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"
ONE = f"{INGRESSES}/forecast-canary"
WATCH = f"{INGRESSES}?watch=1&timeoutSeconds=60&resourceVersion=7"


class Upstream:
    """An API server that answers everything, and a watch with one event."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.server = Server(self._answer)

    def _answer(self, exchange: Exchange) -> None:
        self.asked.append(exchange.asked)
        if "watch=1" in exchange.asked.path:
            exchange.stream(200, [b'{"type": "ADDED"}\n'], {"Content-Type": "application/json"})
        else:
            exchange.reply(200, b'{"ok": true}', {"Content-Type": "application/json", "X-Kept": "yes"})


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    made.server.open()
    yield made
    made.server.close()


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[ApiProxy]:
    configuration = SimpleNamespace(host=upstream.server.url, ssl_ca_cert=None)
    with api_proxy(configuration, seed=3) as opened:
        yield opened


def ask(proxy: ApiProxy, method: str = "GET", path: str = ONE, body: bytes = b"") -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, proxy.url + path, body=body, retries=False, timeout=2.0)


def test_without_a_plan_everything_passes_unchanged(proxy: ApiProxy, upstream: Upstream) -> None:
    answer = urllib3.request(
        "PATCH", proxy.url + ONE, body=b"{}", headers={"Authorization": "Bearer token"}, retries=False
    )
    assert (answer.status, answer.json(), answer.headers["X-Kept"]) == (200, {"ok": True}, "yes")
    asked = upstream.asked[0]
    assert (asked.method, asked.path, asked.body) == ("PATCH", ONE, b"{}")
    assert asked.headers["Authorization"] == "Bearer token"
    assert proxy.counts.kinds == {"PATCH ingresses": 1}
    assert not proxy.counts.faults


def test_a_watch_passes_line_by_line(proxy: ApiProxy) -> None:
    assert ask(proxy, path=WATCH).data == b'{"type": "ADDED"}\n'
    assert proxy.counts.kinds == {"WATCH ingresses": 1}


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [("conflict", 409, "Conflict"), ("throttled", 429, "TooManyRequests"), ("broken", 500, "InternalError")],
)
def test_a_refused_call_does_not_reach_the_server(
    proxy: ApiProxy, upstream: Upstream, fault: str, status: int, reason: str
) -> None:
    proxy.plan = Plan(1.0, (fault,))
    answer = ask(proxy, "PATCH")
    assert (answer.status, answer.json()["reason"]) == (status, reason)
    assert answer.headers.get("Retry-After") == ("1" if fault == "throttled" else None)
    assert not upstream.asked
    assert proxy.counts.faults == {fault: 1}


def test_only_writes_conflict_and_only_lists_are_gone(proxy: ApiProxy) -> None:
    proxy.plan = Plan(1.0, ("conflict", "gone"))
    assert [ask(proxy, "GET").status, ask(proxy, "PUT").status] == [200, 409]
    assert ask(proxy, "GET", f"{INGRESSES}?limit=500").status == 410


def test_a_lost_call_was_done_but_is_not_answered(proxy: ApiProxy, upstream: Upstream) -> None:
    proxy.plan = Plan(1.0, ("lost",))
    with pytest.raises(urllib3.exceptions.HTTPError):
        ask(proxy, "POST")
    assert [asked.method for asked in upstream.asked] == ["POST"]


def test_an_unanswered_call_keeps_the_caller_waiting(proxy: ApiProxy, upstream: Upstream) -> None:
    proxy.plan = Plan(1.0, ("unanswered",))
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        urllib3.request("GET", proxy.url + ONE, retries=False, timeout=0.3)
    assert not upstream.asked


def test_watches_are_told_that_they_are_too_late_torn_or_left_alone(proxy: ApiProxy) -> None:
    proxy.plan = Plan(watches=("expired",), watch_share=1.0)
    assert json.loads(ask(proxy, path=WATCH).data)["object"]["code"] == 410
    proxy.plan = Plan(watches=("torn",), watch_share=1.0)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        ask(proxy, path=WATCH)
    proxy.plan = Plan(watches=("silent",), watch_share=1.0)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        urllib3.request("GET", proxy.url + WATCH, retries=False, timeout=0.3)
    assert proxy.counts.faults == {"expired": 1, "torn": 1, "silent": 1}


def test_an_ended_watch_is_one_that_the_server_ends_early(proxy: ApiProxy, upstream: Upstream) -> None:
    proxy.plan = Plan(watches=("ended",), watch_share=1.0)
    assert ask(proxy, path=WATCH).data == b'{"type": "ADDED"}\n'
    assert upstream.asked[0].path == shortened(WATCH)
    assert "timeoutSeconds=2" in upstream.asked[0].path
    assert "resourceVersion=7" in upstream.asked[0].path


def test_the_share_is_kept_and_counted(proxy: ApiProxy) -> None:
    proxy.plan = Plan(0.2, ("broken",))
    refused = sum(ask(proxy).status == 500 for _ in range(200))
    assert 20 <= refused <= 60
    assert proxy.counts.faults == {"broken": refused}
    assert proxy.counts.calls == 200
    assert proxy.counts.busiest(10) <= 20
    proxy.counts.reset()
    assert proxy.counts.calls == 0


def test_the_same_seed_draws_the_same_faults(upstream: Upstream) -> None:
    configuration = SimpleNamespace(host=upstream.server.url, ssl_ca_cert=None)

    def drawn() -> list[int]:
        with api_proxy(configuration, seed=7) as proxy:
            proxy.plan = Plan(0.5, ("broken",))
            return [ask(proxy).status for _ in range(20)]

    assert drawn() == drawn()


def test_a_server_that_is_away_is_away_for_the_caller_too(upstream: Upstream, proxy: ApiProxy) -> None:
    upstream.server.close()
    with pytest.raises(urllib3.exceptions.HTTPError):
        ask(proxy)
    assert proxy.counts.faults == {"the API server itself": 1}


def test_the_busiest_seconds_are_found(monkeypatch: pytest.MonkeyPatch, proxy: ApiProxy) -> None:
    for second, calls in ((0, 2), (100, 30), (101, 10), (200, 5)):
        monkeypatch.setattr(time, "monotonic", lambda now=float(second): now)
        for _ in range(calls):
            proxy.counts.came(Asked("GET", ONE, {}, b""))
    assert proxy.counts.busiest(10) == 4.0


@pytest.mark.parametrize(
    ("method", "path", "kind", "whole"),
    [
        ("GET", f"{INGRESSES}?limit=500", "GET ingresses", True),
        ("GET", "/apis/canary.serin.dev/v1alpha1/canaryreleases?limit=500", "GET canaryreleases", True),
        ("PATCH", "/api/v1/namespaces/shop/services/forecast-stable", "PATCH services", False),
        ("GET", "/api/v1/pods?watch=1", "WATCH pods", False),
        ("POST", "/api/v1/namespaces/shop/configmaps", "POST configmaps", False),
    ],
)
def test_calls_are_told_apart(method: str, path: str, kind: str, whole: bool) -> None:  # noqa: FBT001
    asked = Asked(method, path, {}, b"")
    assert (kind_of(asked), is_list(asked)) == (kind, whole)


def test_every_kind_of_call_is_known_to_the_proxy(proxy: ApiProxy) -> None:
    assert set(CALLS) <= set(proxy._calls)
