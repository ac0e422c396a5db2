"""What is asked, in the words of each protocol, and what the right answer is. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from service import months, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from service.model import Forecaster

Row = tuple[str, int, int, int]
"""Medicine, units, low, high."""
COLUMNS = ("medicine", "units", "low", "high")


@dataclass(frozen=True, slots=True)
class Question:
    """One branch in one month (YYYY-MM)."""

    branch: str
    date: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a question is asked: method and path, what the body says, and where the rows stand in the answer.

    `body` is None for a question that is all in its path, `rows` for an answer that has to be empty.
    """

    method: str
    path: Callable[[Question], str]
    body: Callable[[Question], Any] | None
    rows: Callable[[Any], list[Row]] | None

    def request(self, question: Question) -> bytes:
        """The whole request, ready to be sent over a connection that is kept."""
        content = self.content(question)
        lines = [f"{self.method} {self.path(question)} HTTP/1.1", "Host: 127.0.0.1"]
        if content:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + content

    def content(self, question: Question) -> bytes:
        """What the request's body says."""
        return b"" if self.body is None else json.dumps(self.body(question)).encode()

    def complaint(self, body: bytes, expected: list[Row]) -> str:
        """Say why an answer is not the right one; empty when it is."""
        if self.rows is None:
            return f"is not empty: {body[:200]!r}" if body else ""
        try:
            told = self.rows(json.loads(body))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            return f"holds no forecast: {body[:200]!r}: {error!r}"
        return "" if told == expected else f"says {told[:2]}, the model {expected[:2]}"


def _query(question: Question) -> str:
    return "/predict?" + urlencode({"branch": question.branch, "date": question.date})


def _record(question: Question) -> dict[str, str]:
    return {"branch": question.branch, "date": question.date}


def _records(question: Question) -> dict[str, Any]:
    return {"inputs": [_record(question)]}


def _tensors(question: Question) -> dict[str, Any]:
    named = _record(question).items()
    return {
        "inputs": [{"name": name, "datatype": "BYTES", "shape": [1], "data": [text]} for name, text in named]
    }


def _of_forecasts(answer: Any) -> list[Row]:
    return [(row["medicine"], row["units"], row["low"], row["high"]) for row in answer["forecasts"]]


def _of_tensors(answer: Any) -> list[Row]:
    columns = {output["name"]: output["data"] for output in answer["outputs"]}
    return list(zip(*(columns[column] for column in COLUMNS), strict=True))


QUERY = Protocol("GET", _query, None, _of_forecasts)
RECORD = Protocol("POST", lambda _: "/predict", _record, _of_forecasts)
INVOCATION = Protocol(
    "POST", lambda _: "/invocations", _records, lambda answer: _of_forecasts(answer["predictions"][0])
)
INFERENCE = Protocol("POST", lambda _: "/v2/models/forecast/infer", _tensors, _of_tensors)
SILENCE = Protocol("GET", _query, None, None)
"""For the empty handler, whose right answer is nothing."""


def answers(forecaster: Forecaster) -> dict[Question, list[Row]]:
    """Every question that the model can be asked, with what it says."""
    domain = forecaster.domain_
    return {
        Question(branch, months.name(domain.first + step)): [
            (medicine, int(units), int(low), int(high))
            for medicine, (units, low, high) in zip(domain.medicines, row, strict=True)
        ]
        for branch, rows in zip(domain.branches, table.predictions(forecaster), strict=True)
        for step, row in enumerate(rows)
    }


def wrong(protocol: Protocol, expected: Mapping[Question, list[Row]], got: Mapping[Question, bytes]) -> str:
    """Say which of the answers is not the right forecast; empty when all are."""
    for question, body in got.items():
        if found := protocol.complaint(body, expected[question]):
            return f"{question.branch}, {question.date}: {found}"
    return ""
