import socket
import time
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from dashboard.agreement import Expected, ForecastAwayError, ForecastRefusedError, Model, Question
from dashboard.client import ForecastClient
from dashboard.metrics import Calls
from dashboard.settings import ForecastAccess

from .conftest import CATALOGUE, MODEL, Provider, forecast_of, history_of, predicted

DUBAI = Question("Dubai Mall", "2025-12")
TRACE = {"X-Request-Id": "abc", "traceparent": "00-1-2-01"}


class Asking:
    """A client with the metrics it counts into."""

    def __init__(self, url: str, *, tries: int = 3, timeout: float = 5, host: str = "") -> None:
        self.registry = CollectorRegistry()
        self.client = ForecastClient(ForecastAccess(url, host, timeout, tries), Calls(self.registry))

    def outcomes(self) -> dict[str, float]:
        (family,) = [one for one in self.registry.collect() if one.name == "dashboard_forecast_calls"]
        found = {one.labels["outcome"]: one.value for one in family.samples if one.name.endswith("_total")}
        return {outcome: count for outcome, count in found.items() if count}


def test_answers_come_in_the_order_of_the_questions(provider: Provider) -> None:
    asking = Asking(provider.url)
    karama = Question("Karama", "2026-01", "Paracetamol 500 mg")
    first, second = asking.client.predict([karama, DUBAI], TRACE)
    assert (first.branch, second.branch, second.month) == ("Karama", "Dubai Mall", "2025-12")
    assert first.expected[0] == Expected("Paracetamol 500 mg", 4, 2, 7)
    assert first.model == Model(**MODEL)
    (asked,) = provider.asked
    assert asked.body == [
        {"branch": "Karama", "date": "2026-01", "medicine": "Paracetamol 500 mg"},
        {"branch": "Dubai Mall", "date": "2025-12"},
    ]
    assert asking.outcomes() == {"answered": 1}


def test_the_request_is_known_behind_the_entrance(provider: Provider) -> None:
    Asking(provider.url, host="forecast.serin.test").client.predict([DUBAI], TRACE)
    (asked,) = provider.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["host"] == "forecast.serin.test"
    assert (headers["x-request-id"], headers["traceparent"]) == ("abc", "00-1-2-01")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_gave_no_answer_is_asked_again(provider: Provider, status: int) -> None:
    provider.answers((status, b"no pod"), (status, b"no pod"), (200, predicted))
    asking = Asking(provider.url)
    assert asking.client.predict([DUBAI], TRACE)[0].branch == "Dubai Mall"
    assert (len(provider.asked), asking.outcomes()) == (3, {"answered": 1})


def test_it_is_not_asked_more_often_than_agreed(provider: Provider) -> None:
    provider.answers((503, b"no pod"))
    asking = Asking(provider.url, tries=2)
    with pytest.raises(ForecastAwayError, match="503: b'no pod'"):
        asking.client.predict([DUBAI], TRACE)
    assert (len(provider.asked), asking.outcomes()) == (2, {"away": 1})


def test_nobody_at_the_address_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    asking = Asking(f"http://127.0.0.1:{port}", tries=2)
    with pytest.raises(ForecastAwayError, match="refused"):
        asking.client.predict([DUBAI], TRACE)


def test_who_never_answers_is_away_in_bounded_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asking = Asking(f"http://127.0.0.1:{silent.getsockname()[1]}", tries=2, timeout=0.2)
        started = time.monotonic()
        with pytest.raises(ForecastAwayError, match="timed out"):
            asking.client.predict([DUBAI], TRACE)
    # Two tries of 0.2 s; the rest is for a machine that does something else.
    assert 0.4 <= time.monotonic() - started < 5


UNKNOWN = {
    "code": "unknown_branch",
    "message": "no such branch",
    "nearest": ["Dubai Mall"],
    "request_id": "x",
}
HORIZON = {"code": "outside_horizon", "message": "no", "first": "2025-12", "last": "2026-12"}


def test_a_refusal_tells_what_is_known_instead(provider: Provider) -> None:
    provider.answers((404, UNKNOWN), (422, HORIZON))
    asking = Asking(provider.url)
    with pytest.raises(ForecastRefusedError) as unknown:
        asking.client.predict([DUBAI], TRACE)
    with pytest.raises(ForecastRefusedError) as outside:
        asking.client.predict([DUBAI], TRACE)
    assert (unknown.value.status, unknown.value.code) == (404, "unknown_branch")
    assert unknown.value.nearest == ("Dubai Mall",)
    assert (outside.value.first, outside.value.last) == ("2025-12", "2026-12")
    assert asking.outcomes() == {"refused": 2}


GOOD = forecast_of("Dubai Mall", "2025-12")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((200, b"<html>"), id="no-json"),
        pytest.param((200, b"[" * 100_000), id="deep"),
        pytest.param((200, {}), id="no-list"),
        pytest.param((200, []), id="too-few"),
        pytest.param((200, [GOOD, GOOD]), id="too-many"),
        pytest.param((200, [forecast_of("Karama", "2025-12")]), id="other-branch"),
        pytest.param((200, [{**GOOD, "model": None}]), id="no-model"),
        pytest.param((200, [{**GOOD, "model": {"version": 7, "digest": "x"}}]), id="version-as-number"),
        pytest.param((200, [{**GOOD, "forecasts": [{"medicine": "A", "units": 4}]}]), id="no-interval"),
        pytest.param(
            (200, [{**GOOD, "forecasts": [{"medicine": "A", "units": -1, "low": 0, "high": 0}]}]),
            id="negative",
        ),
        pytest.param(
            (200, [{**GOOD, "forecasts": [{"medicine": "A", "units": True, "low": 0, "high": 0}]}]), id="bool"
        ),
        pytest.param((302, b""), id="elsewhere"),
        pytest.param((404, b"404 page not found"), id="no-route"),
        pytest.param((404, {"error": "no code"}), id="error-of-another"),
        pytest.param((501, {"code": "internal", "message": "no"}), id="unable"),
    ],
)
def test_an_answer_that_is_not_as_agreed_is_away(provider: Provider, answer: tuple[int, Any]) -> None:
    provider.answers(answer)
    asking = Asking(provider.url)
    with pytest.raises(ForecastAwayError, match="/predict"):
        asking.client.predict([DUBAI], TRACE)
    assert (len(provider.asked), asking.outcomes()) == (1, {"away": 1})


def test_a_name_may_come_back_in_another_normal_form(provider: Provider) -> None:
    provider.answers((200, [forecast_of("Caf\u00e9", "2025-12")]))
    (found,) = Asking(provider.url).client.predict([Question("Cafe\u0301", "2025-12")], TRACE)
    assert found.branch == "Caf\u00e9"


def test_the_catalogue_is_only_compared_when_it_is_known(provider: Provider) -> None:
    asking = Asking(provider.url)
    assert asking.client.known is None
    first, again = asking.client.catalogue(TRACE), asking.client.catalogue(TRACE)
    assert first is again is asking.client.known
    assert first.months == ("2025-12", "2026-01", "2026-02")
    provider.answers((200, CATALOGUE | {"last": "2026-01"}), at="/catalogue")
    assert asking.client.catalogue(TRACE).months == ("2025-12", "2026-01")
    assert ["If-None-Match" in one.headers for one in provider.asked] == [False, True, True]


def test_the_last_known_catalogue_stays_when_the_forecast_is_away(provider: Provider) -> None:
    asking = Asking(provider.url, tries=1)
    known = asking.client.catalogue(TRACE)
    provider.is_away()
    with pytest.raises(ForecastAwayError):
        asking.client.catalogue(TRACE)
    assert asking.client.known is known


def test_a_release_from_before_the_catalogue_counts_as_away(provider: Provider) -> None:
    provider.answers((404, {"code": "unknown_path", "message": "no such path"}), at="/catalogue")
    asking = Asking(provider.url)
    with pytest.raises(ForecastAwayError, match="unknown_path"):
        asking.client.catalogue(TRACE)
    assert asking.outcomes() == {"away": 1}


def test_the_history_is_told_by_medicine_and_month(provider: Provider) -> None:
    found = Asking(provider.url).client.history("Karama & Co", TRACE)
    assert provider.asked[0].path == "/history?branch=Karama+%26+Co"
    assert found["Paracetamol 500 mg"].units == {"2024-12": 3, "2025-01": None, "2025-02": 6}
    assert found["Paracetamol 500 mg"].stockouts == {"2024-12"}


PAST = history_of("Dubai Mall")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(PAST | {"first": "2024-11"}, id="a-month-without-units"),
        pytest.param(PAST | {"last": "soon"}, id="no-month"),
        pytest.param(PAST | {"series": [{"medicine": "A", "units": [1, 2, 3]}]}, id="no-stockouts"),
        pytest.param(
            PAST | {"series": [{"medicine": "A", "units": [1, 2, "3"], "stockouts": []}]}, id="text"
        ),
        pytest.param(PAST | {"series": None}, id="no-series"),
    ],
)
def test_a_history_that_is_not_as_agreed_is_away(provider: Provider, answer: dict[str, Any]) -> None:
    provider.answers((200, answer), at="/history")
    with pytest.raises(ForecastAwayError, match="not as agreed"):
        Asking(provider.url).client.history("Dubai Mall", TRACE)
