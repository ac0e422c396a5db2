"""The bad input of `test_bad_input` once more, at a real gunicorn: what its parser makes of it counts too."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, urlencode

import pytest

from .agreement import JSON
from .conftest import Process
from .test_bad_input import ASK, DATES, DUBAI

INFER = "/v2/models/forecast/infer"
DEEP = "[" * 50_000 + "]" * 50_000
TWICE = '{"branch": "Dubai Mall", "branch": "Karama", "date": "2025-12"}'


@pytest.fixture(scope="module")
def live(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    log = tmp_path_factory.mktemp("live") / "service.log"
    process = Process(log, {"MODEL_DIR": str(models / "v1"), "REVISION": "rev1"})
    try:
        process.wait_until(200)
        yield process
    finally:
        process.end()


def told(live: Process, method: str, path: str, body: str | None = None) -> tuple[int, Any, Any]:
    """Status, headers, and the body as JSON, if there is one."""
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)) as connection:
        connection.request(method, path, body, {"Content-Type": JSON} if body else {})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, answer.headers, json.loads(content) if content else None


@pytest.mark.parametrize(("date", "code"), DATES)
def test_a_date_that_cannot_be_forecast_is_422(live: Process, date: str, code: str) -> None:
    query = {**DUBAI, "date": date}
    for asked in (("GET", f"/predict?{urlencode(query)}"), ("POST", "/predict", json.dumps(query))):
        status, _, body = told(live, *asked)
        assert (status, body["code"]) == (422, code)
        assert date[:7] in body["message"] or ascii(date)[1:-1] in ascii(body["message"])


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_name_in_any_normal_form_is_suggested_and_found(live: Process, form: Any) -> None:
    wide = normalize(form, "\uff24ubai Mall")
    assert told(live, "GET", f"/predict?branch={quote(wide)}&date=2025-12")[2]["branch"] == "Dubai Mall"
    accented = normalize(form, "Dub\u00e1i Mall")
    status, _, body = told(live, "GET", f"/predict?branch={quote(accented)}&date=2025-12")
    assert (status, body["nearest"][0]) == (404, "Dubai Mall")


@pytest.mark.parametrize("path", ["/predict", INFER])
@pytest.mark.parametrize(("body", "reason"), [(TWICE, "once"), (DEEP, "no JSON")], ids=["twice", "deep"])
def test_a_body_that_is_no_honest_json_is_400(live: Process, path: str, body: str, reason: str) -> None:
    status, _, said = told(live, "POST", path, body)
    assert status == 400
    assert reason in said.get("message", said.get("error"))


def test_a_parameter_that_is_given_twice_is_400(live: Process) -> None:
    assert told(live, "GET", f"{ASK}&date=2026-01")[0] == 400


@pytest.mark.parametrize("path", [ASK, "/openapi.json", "/v2", "/predict", "/nowhere"])
def test_head_says_what_get_says_without_a_body(live: Process, path: str) -> None:
    (got, get_headers, _), (status, headers, body) = (told(live, method, path) for method in ("GET", "HEAD"))
    assert (status, body) == (got, None)
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
        # An error's id makes its length; nothing else differs.
        assert headers[name] == get_headers[name]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/predict", {"GET", "HEAD", "POST", "OPTIONS"}),
        (INFER, {"POST", "OPTIONS"}),
        ("/v2", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_options_names_the_methods(live: Process, path: str, methods: set[str]) -> None:
    status, headers, body = told(live, "OPTIONS", path)
    assert (status, body) == (200, None)
    assert {name.strip() for name in headers["Allow"].split(",")} == methods


def test_after_all_of_it_the_service_answers_and_nothing_was_its_fault(live: Process) -> None:
    assert told(live, "GET", ASK)[0] == 200
    assert not [line for line in live.log_lines() if line["level"] == "error" or line.get("status", 0) == 500]
