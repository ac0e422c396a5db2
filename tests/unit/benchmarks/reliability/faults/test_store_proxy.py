"""The proxy in front of Prometheus spoils answers as it is told, and lets them pass otherwise."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from benchmarks.reliability.faults import nonsense
from benchmarks.reliability.faults.store import AWAY, FAULTS, SLOW, StoreProxy, store_proxy
from benchmarks.reliability.faults.wire import Exchange, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIES = {
    "metric": {
        "__name__": "http_requests_total",
        "instance": "10.88.0.7:9113",
        "namespace": "shop",
        "revision": "r2",
        "status": "200",
    },
    "values": [[100.0, "5"], [105.0, "8"]],
}
BODY = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [SERIES]}}).encode()


@pytest.fixture
def proxy() -> Iterator[StoreProxy]:
    def answer(exchange: Exchange) -> None:
        assert exchange.asked.body == b"query=up"
        exchange.reply(
            200, BODY, {"Content-Type": "application/json", "Date": "Wed, 25 Nov 2026 14:00:00 GMT"}
        )

    upstream = Server(answer)
    upstream.open()
    with store_proxy(upstream.url) as opened:
        yield opened
    upstream.close()


def ask(proxy: StoreProxy, timeout: float = 3.0) -> urllib3.BaseHTTPResponse:
    url = f"{proxy.url}/api/v1/query"
    return urllib3.request("POST", url, body=b"query=up", retries=False, timeout=timeout)


def result(proxy: StoreProxy) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(proxy).json()["data"]["result"]
    return found


def test_a_right_answer_passes_unchanged(proxy: StoreProxy) -> None:
    assert ask(proxy).data == BODY
    assert proxy.counts == {"right": 1}


def test_nobody_listens_and_then_somebody_does_again(proxy: StoreProxy) -> None:
    proxy.fault = "refused"
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        ask(proxy)
    proxy.fault = ""
    assert ask(proxy).data == BODY


def test_a_kept_connection_is_refused_too(proxy: StoreProxy) -> None:
    with urllib3.HTTPConnectionPool("127.0.0.1", int(proxy.url.rpartition(":")[2]), retries=False) as pool:
        assert pool.request("POST", "/api/v1/query", body=b"query=up").data == BODY
        proxy.fault = "refused"
        with pytest.raises(urllib3.exceptions.HTTPError):
            pool.request("POST", "/api/v1/query", body=b"query=up")


def test_a_silent_store_never_answers(proxy: StoreProxy) -> None:
    proxy.fault = "silent"
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        ask(proxy, timeout=0.3)


def test_a_slow_store_answers_late_but_right(proxy: StoreProxy) -> None:
    proxy.fault = SLOW
    began = time.monotonic()
    assert ask(proxy).data == BODY
    assert time.monotonic() - began > 1.0


def test_a_failing_store_says_so(proxy: StoreProxy) -> None:
    proxy.fault = "failing"
    answer = ask(proxy)
    assert (answer.status, answer.json()["status"]) == (503, "error")


@pytest.mark.parametrize("fault", ["page", "half"])
def test_what_is_no_json_is_none(proxy: StoreProxy, fault: str) -> None:
    proxy.fault = fault
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(ask(proxy).data)


def test_samples_become_nonsense(proxy: StoreProxy) -> None:
    proxy.fault = "no number"
    assert result(proxy)[0]["values"] == [[100.0, "NaN"], [105.0, "NaN"]]
    proxy.fault = "negative"
    assert result(proxy)[0]["values"] == [[100.0, "-5"], [105.0, "-8"]]
    proxy.fault = "mistyped"
    assert result(proxy)[0]["values"] == {"no": "list"}
    proxy.fault = "empty"
    assert result(proxy) == []


def test_series_come_twice_in_two_ways(proxy: StoreProxy) -> None:
    proxy.fault = "twice"
    assert result(proxy) == [SERIES, SERIES]
    proxy.fault = "replicas"
    one, two = result(proxy)
    assert [each["metric"]["prometheus_replica"] for each in (one, two)] == ["a", "b"]
    assert (one["values"], two["values"]) == (SERIES["values"], [[98.3, "5"], [103.3, "8"]])


def test_a_strangers_series_are_bad_answers_of_the_same_revision(proxy: StoreProxy) -> None:
    proxy.fault = "stranger"
    ours, theirs = result(proxy)
    assert ours == SERIES
    told = theirs["metric"]
    assert (told["namespace"], told["revision"], told["status"]) == (nonsense.STRANGER, "r2", "500")
    assert theirs["values"] == [[100.0, "250"], [105.0, "400"]]


def test_a_clock_ahead_moves_samples_and_the_date_alike(proxy: StoreProxy) -> None:
    proxy.ahead = 30.0
    answer = ask(proxy)
    assert answer.json()["data"]["result"][0]["values"] == [[130.0, "5"], [135.0, "8"]]
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert abs(told - time.time() - 30) < 3


def test_an_unknown_fault_is_refused(proxy: StoreProxy) -> None:
    with pytest.raises(ValueError, match="unknown fault: there are refused"):
        proxy.fault = "tired"
    assert {*AWAY, SLOW, *nonsense.SPOILT} == set(FAULTS)
