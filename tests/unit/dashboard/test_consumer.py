"""The client asks what the contract has, and lives on its answers; the service's side is in unit/service."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from dashboard.agreement import ForecastAwayError, ForecastRefusedError, Question
from dashboard.client import ForecastClient
from dashboard.metrics import Calls
from dashboard.settings import ForecastAccess
from tests.contract.consumer import INTERACTIONS, members, without

from .conftest import Provider

TRACE = {"X-Request-Id": "abc"}


def questions(what: str) -> list[Question]:
    asked = INTERACTIONS[what]["request"]["body"]
    return [Question(each["branch"], each["date"], each.get("medicine")) for each in asked]


ORDER = "questions are answered in their order, by one model"
UNKNOWN = "an unknown branch is refused with the nearest names"
TOO_FAR = "a month too far is refused with the months that can be asked for"
CATALOGUE = "the catalogue lists names and months, under a tag"
COMPARED = "a catalogue that is known is only compared"
HISTORY = "the history tells the units of each month, gaps and stock-outs"
NOBODY = "a history of nobody is refused by its code"

ASK: dict[str, Callable[[ForecastClient], Any]] = {
    ORDER: lambda client: client.predict(questions(ORDER), TRACE),
    UNKNOWN: lambda client: client.predict(questions(UNKNOWN), TRACE),
    TOO_FAR: lambda client: client.predict(questions(TOO_FAR), TRACE),
    CATALOGUE: lambda client: client.catalogue(TRACE),
    COMPARED: lambda client: (client.catalogue(TRACE), client.catalogue(TRACE))[1],
    HISTORY: lambda client: client.history("Dubai Mall", TRACE),
    NOBODY: lambda client: client.history("Atlantis", TRACE),
}


def told(provider: Provider, what: str, body: Any = None) -> Any:
    """What the client makes of an answer: its result, or of a refusal all that it knows."""
    answer = INTERACTIONS[CATALOGUE if what == COMPARED else what]["answer"]
    path = INTERACTIONS[what]["request"]["path"].partition("?")[0]
    provider.answers((answer["status"], answer["body"] if body is None else body), at=path)
    access = ForecastAccess(provider.url, "", 5, 1)
    client = ForecastClient(access, Calls(CollectorRegistry()))
    try:
        return ASK[what](client)
    except ForecastRefusedError as refused:
        return (
            refused.status,
            refused.code,
            refused.message,
            refused.nearest,
            refused.first,
            refused.last,
            refused.index,
        )


def test_every_expectation_is_one_that_the_client_has() -> None:
    assert set(ASK) == set(INTERACTIONS)


@pytest.mark.parametrize("what", INTERACTIONS)
def test_the_client_asks_what_the_contract_has(provider: Provider, what: str) -> None:
    told(provider, what)
    asked, expected = provider.asked[-1], INTERACTIONS[what]["request"]
    assert (asked.method, asked.path) == (expected["method"], expected["path"])
    assert asked.body == expected.get("body")
    assert expected.get("headers", {}).items() <= asked.headers.items()
    assert ("If-None-Match" in asked.headers) is expected.get("tagged", False)


@pytest.mark.parametrize("what", [what for what in INTERACTIONS if what != COMPARED])
def test_the_client_needs_every_member_of_the_contract_and_no_other(provider: Provider, what: str) -> None:
    whole = INTERACTIONS[what]["answer"]["body"]
    understood = told(provider, what)
    for pointer in members(whole):
        assert missed(provider, what, without(whole, pointer), understood), pointer
    more = json.loads(json.dumps(whole).replace("{", '{"new": 1, '))
    assert told(provider, what, more) == understood


def missed(provider: Provider, what: str, less: Any, understood: Any) -> bool:
    """Whether an answer that lacks something is refused, or understood as another one."""
    try:
        return bool(told(provider, what, less) != understood)
    except ForecastAwayError:
        return True


def test_what_the_client_understands(provider: Provider) -> None:
    first, second = told(provider, ORDER)
    assert (first.expected[0].units, first.expected[0].high, second.month) == (4, 7, "2026-12")
    assert told(provider, HISTORY)["Paracetamol 500 mg"].units == {"2025-10": 4, "2025-11": None}
    assert told(provider, COMPARED).branches == ("Dubai Mall", "Deira City Centre")
    assert told(provider, TOO_FAR)[4:] == ("2025-12", "2026-12", 1)
