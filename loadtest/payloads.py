"""What users ask, taken from the service's own OpenAPI document, and whether an answer will do."""

import json
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Question:
    """One forecast a user wants: a branch by name and a month (YYYY-MM)."""

    branch: str
    month: str

    @property
    def path(self) -> str:
        """The GET form, ready to be sent."""
        return "/predict?" + urlencode({"branch": self.branch, "date": self.month})

    @property
    def body(self) -> dict[str, str]:
        """The POST form."""
        return {"branch": self.branch, "date": self.month}


def questions(document: Any) -> tuple[Question, ...]:
    """Every branch and month that the OpenAPI document offers for GET /predict.

    Raises ValueError when the document lists none: load on invented branches would measure error pages.
    """
    try:
        listed = document["paths"]["/predict"]["get"]["parameters"]
        parameters = {p["name"]: p for p in listed}
        pairs = product(_offered(parameters["date"]), _offered(parameters["branch"]))
        found = tuple(Question(branch, month) for month, branch in pairs)
    except (KeyError, TypeError) as error:
        raise ValueError(f"OpenAPI document: GET /predict has no such part: {error}") from error
    if not found:
        raise ValueError("OpenAPI document: GET /predict lists no branch or no date to ask for")
    return found


def complaint(question: Question, body: bytes) -> str:
    """Why `body` is no answer to `question`, as one word; empty when it is a good one."""
    try:
        answer = json.loads(body)
        return _complaint(question, answer)
    except ValueError:
        return "not-json"
    except (KeyError, TypeError):
        return "shape"


def model_version(body: bytes) -> str:
    """Find the version of the model that answered; empty when the body does not say."""
    try:
        return str(json.loads(body)["model"]["version"])
    except (ValueError, KeyError, TypeError):
        return ""


def _offered(parameter: dict[str, Any]) -> list[str]:
    if "enum" in parameter["schema"]:
        return list(parameter["schema"]["enum"])
    return [example["value"] for example in parameter["examples"].values()]


def _complaint(question: Question, answer: dict[str, Any]) -> str:
    if (answer["branch"], answer["month"]) != (question.branch, question.month):
        return "other-question"
    if not answer["model"]["version"] or not answer["model"]["digest"]:
        return "model"
    if not answer["forecasts"]:
        return "empty"
    if not all(_whole(row) for row in answer["forecasts"]):
        return "units"
    if not all(row["low"] <= row["units"] <= row["high"] for row in answer["forecasts"]):
        return "interval"
    return ""


def _whole(row: dict[str, Any]) -> bool:
    figures = (row["units"], row["low"], row["high"])
    return bool(row["medicine"]) and all(type(figure) is int and figure >= 0 for figure in figures)
