"""Every protocol asks the same question, and no wrong answer passes for a forecast."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.predict.questions import (
    INFERENCE,
    INVOCATION,
    QUERY,
    RECORD,
    SILENCE,
    Protocol,
    Question,
    wrong,
)

ASKED = Question("Dubai Mall", "2025-12")
ROWS = [("Paracetamol 500 mg", 9, 4, 15), ("Insulin", 4, 1, 8)]
FORECASTS = [dict(zip(("medicine", "units", "low", "high"), row, strict=True)) for row in ROWS]
TENSORS = [
    {"name": name, "data": list(data)}
    for name, data in zip(
        ("high", "low", "units", "medicine"), reversed(list(zip(*ROWS, strict=True))), strict=True
    )
]
RIGHT = {
    "query": (QUERY, {"forecasts": FORECASTS, "model": {}}),
    "record": (RECORD, {"forecasts": FORECASTS}),
    "invocation": (INVOCATION, {"predictions": [{"forecasts": FORECASTS}]}),
    "inference": (INFERENCE, {"outputs": TENSORS}),
}


def complaint(protocol: Protocol, answer: Any) -> str:
    return wrong(protocol, {ASKED: ROWS}, {ASKED: json.dumps(answer).encode()})


@pytest.mark.parametrize(("protocol", "answer"), RIGHT.values(), ids=RIGHT)
def test_the_right_forecast_is_recognised(protocol: Protocol, answer: Any) -> None:
    assert complaint(protocol, answer) == ""


@pytest.mark.parametrize(("protocol", "answer"), RIGHT.values(), ids=RIGHT)
def test_a_number_that_is_off_by_one_is_not_the_forecast(protocol: Protocol, answer: Any) -> None:
    spoiled = json.loads(json.dumps(answer).replace("15", "16"))
    assert "Dubai Mall, 2025-12: says [('Paracetamol 500 mg', 9, 4, 16)" in complaint(protocol, spoiled)


@pytest.mark.parametrize("protocol", [one for one, _ in RIGHT.values()], ids=RIGHT)
@pytest.mark.parametrize("answer", [{}, [], None, "no", {"error": "busy"}], ids=repr)
def test_what_holds_no_forecast_is_told(protocol: Protocol, answer: Any) -> None:
    assert "holds no forecast" in complaint(protocol, answer)


def test_a_body_that_is_no_json_is_told() -> None:
    assert "holds no forecast: b'<html>'" in wrong(QUERY, {ASKED: ROWS}, {ASKED: b"<html>"})


def test_the_empty_handler_has_to_be_empty() -> None:
    assert wrong(SILENCE, {ASKED: ROWS}, {ASKED: b""}) == ""
    assert "is not empty" in wrong(SILENCE, {ASKED: ROWS}, {ASKED: b"{}"})


def test_a_question_is_all_in_its_path_or_in_its_body() -> None:
    assert (
        QUERY.request(ASKED)
        == b"GET /predict?branch=Dubai+Mall&date=2025-12 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    )
    head, body = RECORD.request(ASKED).split(b"\r\n\r\n")
    assert head.startswith(b"POST /predict HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"branch": "Dubai Mall", "date": "2025-12"}
