"""The service answers the dashboard as it needs it; the dashboard's side is in unit/dashboard."""

from typing import Any

import pytest

from tests.contract.consumer import INTERACTIONS, at, complaints, members, without


def answered(deployed: Any, request: dict[str, Any]) -> Any:
    headers = request.get("headers", {})
    if request.get("tagged"):
        headers = headers | {"If-None-Match": deployed.client.get(request["path"]).headers["ETag"]}
    body = {"json": request["body"]} if "body" in request else {}
    return deployed.client.open(request["path"], method=request["method"], headers=headers, **body)


@pytest.mark.parametrize("what", INTERACTIONS)
def test_the_dashboard_gets_what_it_needs(deployed: Any, what: str) -> None:
    interaction = INTERACTIONS[what]
    answer = answered(deployed, interaction["request"])
    body = answer.json if answer.data else None
    assert complaints(interaction["answer"], answer.status_code, dict(answer.headers), body) == []


@pytest.mark.parametrize("what", [what for what, each in INTERACTIONS.items() if "body" in each["answer"]])
def test_a_member_that_the_service_no_longer_tells_is_noticed(deployed: Any, what: str) -> None:
    interaction = INTERACTIONS[what]
    answer = answered(deployed, interaction["request"])
    for pointer in members(interaction["answer"]["body"]):
        less = without(answer.json, pointer)
        told = complaints(interaction["answer"], answer.status_code, dict(answer.headers), less)
        assert told == [f"{pointer}: missing"]


def test_another_status_kind_or_value_is_noticed() -> None:
    expected = INTERACTIONS["an unknown branch is refused with the nearest names"]["answer"]
    body = expected["body"]
    assert complaints(expected, 404, {}, body) == []
    assert complaints(expected, 400, {}, body) == ["status: 400, not 404"]
    assert complaints(expected, 404, {}, body | {"nearest": []}) == ["/nearest/0: None, not 'Dubai Mall'"]
    assert complaints(expected, 404, {}, body | {"nearest": [7]}) == ["/nearest/0: 7 is no str"]
    assert complaints(expected, 404, {}, body | {"code": "gone"}) == ["/code: 'gone', not 'unknown_branch'"]
    assert at(body, "/nearest/5") is None


def test_a_header_that_is_missing_is_noticed() -> None:
    expected = INTERACTIONS["the catalogue lists names and months, under a tag"]["answer"]
    assert complaints(expected, 200, {"etag": "x"}, expected["body"]) == []
    assert complaints(expected, 200, {}, expected["body"]) == ["no ETag"]
