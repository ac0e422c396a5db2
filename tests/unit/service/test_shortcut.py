"""The short way and Flask's way to the same answer cannot be told apart, but by their speed."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from service import overload, shortcut
from service.logs import EXTRA

ASK = "/predict?branch=Dubai%20Mall&date=2025-12"
BY_FLASK = {"If-None-Match": '"of another model"'}
"""Whoever has an answer already is Flask's to deal with: the same question, by the other way."""
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def heard() -> Iterator[list[logging.LogRecord]]:
    handler, logger = Heard(), logging.getLogger("service.access")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.records
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def by_flask(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The path of each request that went Flask's way."""
    seen: list[str] = []
    original = Flask.wsgi_app

    def wsgi_app(self: Flask, environ: Any, start_response: Any) -> Any:
        seen.append(environ["PATH_INFO"])
        return original(self, environ, start_response)

    monkeypatch.setattr(Flask, "wsgi_app", wsgi_app)
    return seen


def counts(deployed: Any) -> dict[str, float]:
    """All counters of the page; sums of seconds and the process's own figures are another each time."""
    lines = [line for line in deployed.metrics.page().decode().splitlines() if not line.startswith("#")]
    series = (line.rsplit(" ", 1) for line in lines)
    kept = ("flask_http_request_total", "flask_http_request_duration_seconds_count", "forecast_")
    return {name: float(value) for name, value in series if name.startswith(kept)}


def gained(deployed: Any, ask: Callable[[], Any]) -> dict[str, float]:
    before = counts(deployed)
    ask()
    return {name: value - before.get(name, 0) for name, value in counts(deployed).items()}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Request-Id": "mine"},
        {"traceparent": TRACE},
        {"X-Request-Id": "no id!"},
        {"Host": "of:any:kind"},
    ],
    ids=["plain", "request-id", "traced", "unusable-id", "odd-host"],
)
def test_both_ways_answer_the_same(
    deploy: Callable[..., Any], by_flask: list[str], headers: dict[str, str]
) -> None:
    client = deploy(REVISION="rev1").client
    short, long = (client.get(ASK, headers=headers | other) for other in ({}, BY_FLASK))
    assert by_flask == ["/predict"]
    assert (short.status, short.data) == (long.status, long.data)
    same = [(name, value) for name, value in short.headers if name != "X-Request-Id"]
    assert same == [(name, value) for name, value in long.headers if name != "X-Request-Id"]
    ids = short.headers["X-Request-Id"], long.headers["X-Request-Id"]
    made = headers.get("X-Request-Id") != "mine" and "traceparent" not in headers
    assert (ids[0] != ids[1]) is made


@pytest.mark.parametrize("path", [ASK, f"{ASK}&medicine=Paracetamol%20500%20mg"], ids=["all", "one-medicine"])
@pytest.mark.parametrize(("kept", "source"), [("1200", "table"), ("0", "model")], ids=["table", "model"])
def test_both_ways_count_the_same(
    deploy: Callable[..., Any], by_flask: list[str], path: str, kept: str, source: str
) -> None:
    deployed = deploy(REVISION="rev1", TABLE_MONTHS=kept)
    short = gained(deployed, lambda: deployed.client.get(path))
    long = gained(deployed, lambda: deployed.client.get(path, headers=BY_FLASK))
    assert by_flask == ["/predict"]
    assert short == long
    assert sum(short[name] for name in short if name.startswith("flask_http_request_total{")) == 1
    assert short[f'forecast_lookups_total{{source="{source}"}}'] == 1


def test_both_ways_log_the_same(
    deploy: Callable[..., Any], by_flask: list[str], heard: list[logging.LogRecord]
) -> None:
    client = deploy(REVISION="rev1").client
    for other in ({}, BY_FLASK):
        client.get(ASK, headers={"traceparent": TRACE, **other})
    assert by_flask == ["/predict"]
    short, long = (dict(getattr(record, EXTRA)) for record in heard)
    assert short.pop("duration_ms") > 0
    assert long.pop("duration_ms") > 0
    assert short == long
    assert (heard[0].levelname, heard[0].getMessage()) == ("INFO", "request")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", ASK, 200),
        ("GET", f"{ASK}&date=2026-01", 400),
        ("GET", "/predict", 400),
        ("GET", "/predict?branch=Nowhere&date=2025-12", 404),
        ("GET", "/predict?branch=Dubai%20Mall&date=1999-12", 422),
        ("GET", "/predict/?branch=Dubai%20Mall&date=2025-12", 404),
        ("DELETE", ASK, 405),
    ],
)
def test_everything_else_is_flasks(
    deploy: Callable[..., Any], by_flask: list[str], method: str, path: str, status: int
) -> None:
    assert deploy().client.open(path, method=method).status_code == status
    assert len(by_flask) == 1


@pytest.mark.parametrize(
    ("environment", "status"),
    [
        ({"FAULTS": '{"enabled": true, "error": true}'}, 500),
        ({"FAULTS": '{"enabled": true, "nan": true}'}, 500),
        ({"MODEL_DIR": "nowhere"}, 503),
    ],
    ids=["error", "nan", "no-model"],
)
def test_what_must_not_be_sent_is_flasks(
    deploy: Callable[..., Any], by_flask: list[str], environment: dict[str, str], status: int
) -> None:
    assert deploy(**environment).client.get(ASK).status_code == status
    assert by_flask == ["/predict"]


@pytest.fixture
def _late() -> Iterator[None]:
    """The worker says that the current request waited too long."""
    token = overload.late.set(True)
    yield
    overload.late.reset(token)


@pytest.mark.usefixtures("_late")
def test_both_ways_refuse_what_waited_too_long_the_same(
    deploy: Callable[..., Any], by_flask: list[str], heard: list[logging.LogRecord]
) -> None:
    deployed, answers = deploy(REVISION="rev1"), []

    def ask(other: dict[str, str]) -> None:
        answers.append(deployed.client.get(ASK, headers={"X-Request-Id": "mine", **other}))

    short, long = (gained(deployed, lambda other=other: ask(other)) for other in ({}, BY_FLASK))
    assert by_flask == [shortcut.PATH]
    assert short == long
    assert sum(count for name, count in short.items() if 'status="503"' in name) == 2  # counted and timed
    assert [answer.status for answer in answers] == ["503 SERVICE UNAVAILABLE"] * 2
    assert answers[0].data == answers[1].data
    assert list(answers[0].headers) == list(answers[1].headers)
    assert json.loads(answers[0].data)["code"] == "overloaded"
    assert answers[0].headers["Retry-After"] == "1"
    assert [getattr(record, EXTRA)["status"] for record in heard] == [503, 503]


@pytest.mark.usefixtures("_late")
def test_refusals_come_before_faults(deploy: Callable[..., Any]) -> None:
    faulty = deploy(FAULTS='{"enabled": true, "error": true}')
    assert faulty.client.get(ASK).status_code == 503


def test_a_constant_answer_is_sent_and_counted_as_bad(
    deploy: Callable[..., Any], by_flask: list[str]
) -> None:
    deployed = deploy(FAULTS='{"enabled": true, "constant": 4}')
    found = gained(deployed, lambda: deployed.client.get(ASK))
    assert found['forecast_bad_answers_total{reason="constant"}'] == 1
    assert by_flask == []
