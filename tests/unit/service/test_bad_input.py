"""What careless and hostile clients send, over a real socket where it matters: an honest code for each."""

import http.client
import json
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pytest

from service import schema
from service.model import Domain

from .agreement import JSON, documented

ASK = "/predict?branch=Dubai%20Mall&date=2025-12"
DUBAI = {"branch": "Dubai Mall", "date": "2025-12"}
DATES = [
    pytest.param("2025-11-30", "outside_horizon", id="last-day-of-the-history"),
    pytest.param("2027-01-01", "outside_horizon", id="day-after-the-horizon"),
    pytest.param("0001-01", "outside_horizon", id="first-year"),
    pytest.param("2028-02-29", "outside_horizon", id="leap-day-too-far"),
    pytest.param("2026-02-29", "bad_date", id="no-leap-year"),
    pytest.param("1900-02-29", "bad_date", id="no-leap-century"),
    pytest.param("\u0662\u0660\u0662\u0665-\u0661\u0662", "bad_date", id="arabic-digits"),
    pytest.param("\u0968\u0966\u0968\u096b-\u0967\u0968", "bad_date", id="devanagari-digits"),
    pytest.param("\uff12\uff10\uff12\uff15-\uff11\uff12", "bad_date", id="full-width-digits"),
    pytest.param("1447-06-10x", "bad_date", id="hijri-with-a-tail"),
    pytest.param("1447-06-10", "outside_horizon", id="hijri"),
    pytest.param("2025\u201112", "bad_date", id="other-hyphen"),
]


@pytest.mark.parametrize(("date", "code"), DATES)
def test_a_date_that_cannot_be_forecast_is_422(deployed: Any, date: str, code: str) -> None:
    answer = deployed.client.get("/predict", query_string={**DUBAI, "date": date})
    assert (answer.status_code, documented(deployed.client, answer)["code"]) == (422, code)
    posted = deployed.client.post("/predict", json={**DUBAI, "date": date})
    assert (posted.status_code, posted.json["code"]) == (422, code)


@pytest.mark.parametrize("day", ["2026-02-28", "2026-12-31", "2025-12-01"])
def test_the_days_at_the_edges_are_answered(deployed: Any, day: str) -> None:
    assert deployed.client.get("/predict", query_string={**DUBAI, "date": day}).json["month"] == day[:7]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_a_name_is_known_in_every_normal_form(form: Any, written: Any) -> None:
    stored = normalize(written, "Caf\u00e9 \ufb01l\u00e8 \uac00")
    domain = Domain((stored,), ("Zinc",), 24311, 24323)
    asked = {"branch": normalize(form, stored), "date": "2025-12", "medicine": "\uff3ainc"}
    assert schema.query(asked, domain) == schema.Query(stored, 24311, "Zinc")
    assert schema.query(asked, replace(domain, medicines=("Zinc", "Iron"))).medicine == "Zinc"


@pytest.mark.parametrize("path", ["/predict", "/v2/models/forecast/infer"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param('{"branch": "Dubai Mall", "branch": "Karama", "date": "2025-12"}', "once", id="twice"),
        pytest.param('[{"a": {"b": 1, "b": 1}}]', "'b' is given more than once", id="twice-inside"),
        pytest.param("[" * 50_000 + "]" * 50_000, "no JSON", id="deep-list"),
        pytest.param('{"inputs":' * 20_000 + "1" + "}" * 20_000, "no JSON", id="deep-object"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_honest_json_is_400(deployed: Any, path: str, body: str, reason: str) -> None:
    answer = deployed.client.post(path, data=body, content_type=JSON)
    said = documented(deployed.client, answer)
    assert answer.status_code == 400
    assert reason in said.get("message", said.get("error"))


def test_head_is_get_without_a_body(deployed: Any) -> None:
    got, head = (deployed.client.open(ASK, method=method) for method in ("GET", "HEAD"))
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Length", "Content-Type", "Cache-Control"):
        assert head.headers[name] == got.headers[name]
    assert deployed.client.head("/predict?branch=Atlantis&date=2025-12").status_code == 404


@pytest.mark.parametrize("path", ["/predict", "/openapi.json", "/v2", "/v2/models/forecast/infer"])
def test_options_names_the_methods(deployed: Any, path: str) -> None:
    answer = deployed.client.options(path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert ("POST" in answer.headers["Allow"]) is ("predict" in path or "infer" in path)


def spoken(port: int, *pieces: bytes, pause: float = 0) -> bytes:
    """Send the pieces and read until the service closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        received = b""
        while more := connection.recv(65536):
            received += more
        return received


def test_odd_ways_to_ask_get_honest_codes(serve: Callable[..., Any]) -> None:
    service = serve()
    service.wait_until(200)
    old = spoken(service.port, f"GET {ASK} HTTP/1.0\r\n\r\n".encode())
    assert old.startswith(b"HTTP/1.0 200 OK\r\n")
    assert json.loads(old.partition(b"\r\n\r\n")[2])["branch"] == "Dubai Mall"
    close = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    for status, asked in (
        (400, b"GET /predict?branch=\xff\xfe" + close + b"\r\n"),
        (400, b"\x16\x03\x01\r\n\r\n"),
        (400, b"POST /predict" + close + b"Content-Length: -1\r\n\r\n"),
        (400, b"POST /predict" + close + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n[]"),
        (414, b"GET /predict?branch=" + b"x" * 10_000 + close + b"\r\n"),
        (431, b"GET /predict" + close + b"X: 1\r\n" * 300 + b"\r\n"),
    ):
        assert spoken(service.port, asked).split()[1] == str(status).encode(), asked[:60]
    assert service.get(ASK)[0] == 200


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_of_ten_megabytes_is_told_that_it_is_too_large(
    serve: Callable[..., Any], *, chunked: bool
) -> None:
    service = serve()
    service.wait_until(200)
    body = b" " * 10_000_000
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=15)
        sent: Any = iter([body[:65536]] * 153) if chunked else body
        connection.request("POST", "/predict", sent, {"Content-Type": JSON}, encode_chunked=chunked)
        answer = connection.getresponse()
        assert (answer.status, json.load(answer)["code"]) == (413, "body_too_large")
        connection.close()


def test_a_chunked_body_is_read_whole(serve: Callable[..., Any]) -> None:
    service = serve()
    service.wait_until(200)
    content = json.dumps([DUBAI] * 400).encode()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=15)
    connection.request("POST", "/predict", iter([content[:9], content[9:]]), {"Content-Type": JSON})
    answer = connection.getresponse()
    assert (answer.status, len(json.load(answer))) == (200, 400)
    connection.close()


def test_slow_and_silent_clients_do_not_take_the_threads(serve: Callable[..., Any]) -> None:
    service = serve(THREADS="2", READ_SECONDS="1", DRAIN_SECONDS="0")
    service.wait_until(200)
    address = ("127.0.0.1", service.port)
    silent = [socket.create_connection(address, timeout=15) for _ in range(20)]
    started = time.monotonic()
    assert service.get(ASK)[0] == 200
    assert time.monotonic() - started < 5  # not the many seconds of twenty silent ones, two at a time
    slow = [socket.create_connection(address, timeout=15) for _ in range(4)]
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n"
    for number, connection in enumerate(slow):
        connection.sendall(head + (b"\r\n[" if number % 2 else b""))
    for _ in range(12):  # a byte now and then, as slowloris does: no pause is long enough to be told by
        time.sleep(0.5)
        for connection in slow:
            try:
                connection.sendall(b"x")
            except OSError:
                continue  # closed by the service, as it should be
    assert service.get(ASK)[0] == 200
    for connection in (*slow, *silent):
        while True:
            try:
                if not connection.recv(65536):
                    break
            except ConnectionError:
                break
        connection.close()
    with socket.create_connection(address, timeout=15) as idle:
        service.terminate()
        assert service.process.wait(6) == 0
        assert idle.recv(1) == b""
