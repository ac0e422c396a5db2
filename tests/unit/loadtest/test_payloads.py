import json
from typing import Any

import pytest

from loadtest.payloads import Question, complaint, model_version, questions

ASKED = Question("Dubai Mall", "2025-12")


def answer(**changes: Any) -> dict[str, Any]:
    good = {
        "branch": "Dubai Mall",
        "month": "2025-12",
        "forecasts": [{"medicine": "Paracetamol 500 mg", "units": 4, "low": 2, "high": 7}],
        "model": {"version": "v1", "digest": "sha256:0123"},
    }
    return good | changes


def row(**changes: Any) -> dict[str, Any]:
    return {"medicine": "Paracetamol 500 mg", "units": 4, "low": 2, "high": 7} | changes


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(answer(), "", id="good"),
        pytest.param(answer(forecasts=[row(units=0, low=0, high=0)]), "", id="no demand is a forecast too"),
        pytest.param(answer(branch="Deira"), "other-question", id="another branch"),
        pytest.param(answer(month="2026-01"), "other-question", id="another month"),
        pytest.param(answer(model={"version": "", "digest": "x"}), "model", id="no model version"),
        pytest.param(answer(forecasts=[]), "empty", id="no medicine"),
        pytest.param(answer(forecasts=[row(), row(units=-1, low=-2)]), "units", id="negative units"),
        pytest.param(answer(forecasts=[row(units=4.5)]), "units", id="half a unit"),
        pytest.param(answer(forecasts=[row(units=True)]), "units", id="a boolean is no unit"),
        pytest.param(answer(forecasts=[row(units=None)]), "units", id="null for NaN"),
        pytest.param(answer(forecasts=[row(medicine="")]), "units", id="nameless medicine"),
        pytest.param(answer(forecasts=[row(low=5)]), "interval", id="low above units"),
        pytest.param(answer(forecasts=[row(high=3)]), "interval", id="high below units"),
        pytest.param({"error": "not ready"}, "shape", id="an error body"),
        pytest.param([], "shape", id="a list"),
        pytest.param(answer(forecasts=[7]), "shape", id="rows that are numbers"),
    ],
)
def test_an_answer_is_judged_by_its_body(body: Any, expected: str) -> None:
    assert complaint(ASKED, json.dumps(body).encode()) == expected


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"\xff\xfe"], ids=["empty", "html", "not text"])
def test_a_body_that_is_no_json_is_named_so(body: bytes) -> None:
    assert complaint(ASKED, body) == "not-json"
    assert model_version(body) == ""


def test_nan_in_a_body_is_no_unit() -> None:
    body = json.dumps(answer(forecasts=[row(units=float("nan"))])).encode()
    assert complaint(ASKED, body) == "units"


def test_a_question_escapes_its_branch() -> None:
    assert Question("Bur Dubai & Co", "2025-12").path == "/predict?branch=Bur+Dubai+%26+Co&date=2025-12"


def offer(branch: Any, date: Any) -> dict[str, Any]:
    parameters = [{"name": "branch", **branch}, {"name": "date", **date}]
    return {"paths": {"/predict": {"get": {"parameters": parameters}}}}


def test_questions_are_all_pairs_the_document_offers() -> None:
    months = {"schema": {}, "examples": {"first": {"value": "2025-12"}, "last": {"value": "2026-01"}}}
    found = questions(offer({"schema": {"enum": ["Deira", "Dubai Mall"]}}, months))
    assert set(found) == {
        Question(branch, month) for branch in ("Deira", "Dubai Mall") for month in ("2025-12", "2026-01")
    }


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="no paths"),
        pytest.param([], id="no object"),
        pytest.param(offer({}, {"schema": {}}), id="no schema"),
        pytest.param(offer({"schema": {"enum": []}}, {"schema": {"enum": ["2025-12"]}}), id="no branch"),
    ],
)
def test_a_document_without_questions_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match="OpenAPI document"):
        questions(document)
