import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard import health
from dashboard.logs import JsonFormatter

from .conftest import Provider

ASK = "/?branch=Dubai+Mall&month=2025-12"
PAGES = [ASK, "/", "/nowhere", "/static/dashboard.css"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_lets_anything_in_from_elsewhere(opened: Callable[..., Any], path: str) -> None:
    with opened().test_client().get(path) as answer:
        headers = answer.headers
    policy = dict(each.split(" ", 1) for each in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert set(policy.values()) == {"'none'", "'self'"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-cache" in headers["Cache-Control"]


def test_the_request_id_goes_from_the_browser_to_the_forecast(
    opened: Callable[..., Any], provider: Provider
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    given = {"X-Request-Id": "from-the-entrance", "traceparent": trace}
    answer = opened().test_client().get(ASK, headers=given)
    handed = {name.lower(): value for name, value in provider.asked[-1].headers.items()}
    assert answer.headers["X-Request-Id"] == handed["x-request-id"] == "from-the-entrance"
    version, trace_id, span, flags = handed["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", "0af7651916cd43dd8448eb211c80319c", "01")
    assert span != "b7ad6b7169203331"


@pytest.mark.parametrize("trace", ["", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "01-1-2-3", "x" * 5000])
def test_a_trace_that_is_none_is_begun_anew(
    opened: Callable[..., Any], provider: Provider, trace: str
) -> None:
    opened().test_client().get(ASK, headers={"traceparent": trace, "X-Request-Id": 'not "usable"'})
    handed = {name.lower(): value for name, value in provider.asked[-1].headers.items()}
    assert handed["traceparent"].split("-")[1] == handed["x-request-id"]
    assert len(handed["x-request-id"]) == 32


def test_while_the_forecast_is_away_the_page_says_so_and_keeps_the_question(
    opened: Callable[..., Any], provider: Provider
) -> None:
    provider.answers((503, b"no pod"))
    answer = opened(FORECAST_TRIES="1").test_client().get(ASK)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The forecast is away" in answer.text
    assert 'href="/?branch=Dubai+Mall&amp;month=2025-12"' in answer.text


def test_an_unknown_page_is_a_page(opened: Callable[..., Any]) -> None:
    answer = opened().test_client().get("/<script>alert(1)</script>")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is no such page" in answer.text
    assert "<script" not in answer.text


def test_a_wrong_method_is_told_the_right_ones(opened: Callable[..., Any]) -> None:
    answer = opened().test_client().delete("/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_failure_of_our_own_is_logged_and_not_shown(
    opened: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    app = opened()

    def broken() -> str:
        raise RuntimeError("a secret of the inside")

    app.add_url_rule("/broken", view_func=broken)
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "a secret of the inside" in caplog.text


def samples(app: Any) -> list[Any]:
    page = app.extensions["metrics"].page().decode()
    return [one for family in text_string_to_metric_families(page) for one in family.samples]


def test_requests_are_counted_by_rule_and_calls_by_outcome(opened: Callable[..., Any]) -> None:
    app = opened()
    for path in (ASK, ASK, "/", "/nowhere"):
        app.test_client().get(path)
    counted = {
        (one.labels["url_rule"], one.labels["status"]): one.value
        for one in samples(app)
        if one.name == "flask_http_request_duration_seconds_count"
    }
    assert counted == {("/", "200"): 3, ("None", "404"): 1}
    outcomes = {
        one.labels["outcome"]: one.value
        for one in samples(app)
        if one.name == "dashboard_forecast_calls_total"
    }
    # A page of an answer asks three things: the names, the forecast, the past.
    assert outcomes == {"answered": 3 + 3 + 1, "refused": 0, "away": 0}


def test_strangers_cannot_make_series(opened: Callable[..., Any]) -> None:
    app = opened()
    for number in range(100):
        app.test_client().get(f"/{number}")
        app.test_client().get(f"/static/{number}.css")
        app.test_client().get(f"/?branch={number}&month=2025-12")
        app.test_client().open("/", method=f"M{number}")
    assert len(samples(app)) < 200


def test_each_request_is_one_log_line(opened: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "dashboard.access"):
        opened().test_client().get("/?branch=&month=", headers={"X-Request-Id": "abc"})
    (record,) = caplog.records
    line = json.loads(JsonFormatter().format(record))
    assert (line["request_id"], line["path"], line["status"], line["method"]) == ("abc", "/", 200, "GET")
    assert line["duration_ms"] >= 0


def test_a_line_has_the_traceback_of_its_error() -> None:
    try:
        int("wrong")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "it broke", None, sys.exc_info())
    assert "ValueError: invalid literal" in json.loads(JsonFormatter().format(record))["traceback"]


def test_readiness_names_what_is_missing(opened: Callable[..., Any]) -> None:
    app = opened()
    readiness, metrics = app.extensions["readiness"], app.extensions["metrics"]
    assert readiness.not_ready_because is None
    assert b"dashboard_ready 1.0" in metrics.page()
    readiness.needs(lambda: "the store is away")
    assert readiness.not_ready_because == "the store is away"
    assert b"dashboard_ready 0.0" in metrics.page()


def test_an_admin_port_that_is_taken_is_named(opened: Callable[..., Any]) -> None:
    app = opened()
    parts = app.extensions["readiness"], app.extensions["metrics"]
    port = health.serve("127.0.0.1", 0, *parts)
    with pytest.raises(health.ConfigError, match=f"ADMIN_PORT: 127.0.0.1:{port} cannot be opened"):
        health.serve("127.0.0.1", port, *parts)
