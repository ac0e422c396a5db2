import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service import months
from service.training.data import LAST_MONTH

from .agreement import JSON, documented

DUBAI = {"branch": "Dubai Mall", "date": "2025-12"}


def test_dubai_mall_gets_the_units_of_each_medicine(deployed: Any) -> None:
    answer = deployed.client.get("/predict", query_string=DUBAI)
    body = documented(deployed.client, answer)
    domain = deployed.lifecycle.domain
    assert (answer.status_code, body["branch"], body["month"]) == (200, "Dubai Mall", "2025-12")
    assert [row["medicine"] for row in body["forecasts"]] == list(domain.medicines)
    assert all(0 <= row["low"] <= row["units"] <= row["high"] for row in body["forecasts"])


def test_a_day_is_answered_with_its_month(deployed: Any) -> None:
    day = deployed.client.get("/predict", query_string={**DUBAI, "date": "2025-12-14"})
    assert day.data == deployed.client.get("/predict", query_string=DUBAI).data


def test_one_medicine_is_the_row_of_the_whole_answer(deployed: Any) -> None:
    whole = deployed.client.get("/predict", query_string=DUBAI).json["forecasts"]
    for row in whole:
        one = deployed.client.post("/predict", json={**DUBAI, "medicine": row["medicine"]})
        assert documented(deployed.client, one)["forecasts"] == [row]


def test_post_and_get_answer_the_same_bytes(deployed: Any) -> None:
    posted = deployed.client.post("/predict", json={**DUBAI, "medicine": None})
    assert posted.data == deployed.client.get("/predict", query_string=DUBAI).data


def test_a_list_is_answered_in_its_order(deployed: Any) -> None:
    asked = [{**DUBAI, "date": "2026-03"}, {**DUBAI, "branch": "Deira City Centre"}, DUBAI]
    body = documented(deployed.client, deployed.client.post("/predict", json=asked))
    assert [(one["branch"], one["month"]) for one in body] == [
        ("Dubai Mall", "2026-03"),
        ("Deira City Centre", "2025-12"),
        ("Dubai Mall", "2025-12"),
    ]


def test_every_branch_and_month_of_the_horizon_is_answered(deployed: Any) -> None:
    domain = deployed.lifecycle.domain
    assert domain.first == LAST_MONTH + 1
    assert months.name(domain.last) == "2026-12"
    for branch in domain.branches:
        for month in range(domain.first, domain.last + 1):
            query = {"branch": branch, "date": months.name(month)}
            assert deployed.client.get("/predict", query_string=query).status_code == 200


BAD_QUERIES = [
    pytest.param("", 400, "missing_field", id="nothing"),
    pytest.param("branch=Dubai+Mall", 400, "missing_field", id="no-date"),
    pytest.param("date=2025-12", 400, "missing_field", id="no-branch"),
    pytest.param("branch=&date=2025-12", 400, "missing_field", id="empty-branch"),
    pytest.param("branch=A&branch=B&date=2025-12", 400, "bad_field", id="branch-twice"),
    pytest.param("branch=Dubai+Mall&date=2025-12&units=4", 400, "unknown_field", id="unknown-field"),
    pytest.param("branch=Atlantis&date=2025-12", 404, "unknown_branch", id="unknown-branch"),
    pytest.param("branch=dubai+mall&date=2025-12", 404, "unknown_branch", id="other-case"),
    pytest.param("branch=%FF%FE&date=2025-12", 404, "unknown_branch", id="no-utf-8"),
    pytest.param("branch=%00&date=2025-12", 404, "unknown_branch", id="nul"),
    pytest.param(f"branch={'x' * 5000}&date=2025-12", 404, "unknown_branch", id="long-branch"),
    pytest.param("branch=Dubai+Mall&date=2025-12&medicine=Gold", 404, "unknown_medicine", id="medicine"),
    pytest.param("branch=Dubai+Mall&date=2025-13", 422, "bad_date", id="no-month"),
    pytest.param("branch=Dubai+Mall&date=2025-02-30", 422, "bad_date", id="no-day"),
    pytest.param("branch=Dubai+Mall&date=tomorrow", 422, "bad_date", id="no-date-at-all"),
    pytest.param("branch=Dubai+Mall&date=2025-11", 422, "outside_horizon", id="past"),
    pytest.param("branch=Dubai+Mall&date=2027-01", 422, "outside_horizon", id="too-far"),
    pytest.param("branch=Dubai+Mall&date=9999-12-31", 422, "outside_horizon", id="last-date"),
]


@pytest.mark.parametrize(("query", "status", "code"), BAD_QUERIES)
def test_a_bad_query_is_answered_with_an_honest_error(
    deployed: Any, query: str, status: int, code: str
) -> None:
    answer = deployed.client.get(f"/predict?{query}")
    body = documented(deployed.client, answer)
    assert (answer.status_code, body["code"]) == (status, code)
    assert body["request_id"] == answer.headers["X-Request-Id"]


def body_of(size: int) -> bytes:
    return json.dumps([DUBAI] * size).encode()


BAD_BODIES = [
    pytest.param(b"", 400, "bad_json", id="empty"),
    pytest.param(b"{", 400, "bad_json", id="cut-off"),
    pytest.param(b"\xff\xfe", 400, "bad_json", id="no-utf-8"),
    pytest.param(b"[" * 100_000, 400, "bad_json", id="deep"),
    pytest.param(b"9" * 10_000, 400, "bad_json", id="long-number"),
    pytest.param(b'"Dubai Mall"', 400, "bad_json", id="text"),
    pytest.param(b"null", 400, "bad_json", id="null"),
    pytest.param(b"[1]", 400, "bad_json", id="list-of-numbers"),
    pytest.param(b'{"branch": 4, "date": "2025-12"}', 400, "bad_field", id="number-as-branch"),
    pytest.param(b'{"branch": ["Dubai Mall"], "date": "2025-12"}', 400, "bad_field", id="list-as-branch"),
    pytest.param(b'{"branch": "Dubai Mall", "date": 202512}', 400, "bad_field", id="number-as-date"),
    pytest.param(b'{"branch": "Dubai Mall", "date": null}', 400, "missing_field", id="null-date"),
    pytest.param(b'{"branch": "\\ud800", "date": "2025-12"}', 404, "unknown_branch", id="lone-surrogate"),
    pytest.param(b'{"branch": "Dubai Mall", "date": "2025-99"}', 422, "bad_date", id="bad-date"),
    pytest.param(body_of(501), 413, "batch_too_large", id="long-list"),
    pytest.param(b" " * 300_000, 413, "body_too_large", id="huge"),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES)
def test_a_bad_body_is_answered_with_an_honest_error(
    deployed: Any, body: bytes, status: int, code: str
) -> None:
    answer = deployed.client.post("/predict", data=body, content_type=JSON)
    assert (answer.status_code, documented(deployed.client, answer)["code"]) == (status, code)


def test_a_list_of_five_hundred_is_not_too_long(deployed: Any) -> None:
    answer = deployed.client.post("/predict", data=body_of(500), content_type=JSON)
    assert (answer.status_code, len(answer.json)) == (200, 500)


def test_a_bad_item_refuses_the_list_and_says_which(deployed: Any) -> None:
    asked = [DUBAI, {**DUBAI, "date": "2031-01"}]
    body = documented(deployed.client, deployed.client.post("/predict", json=asked))
    assert (body["code"], body["index"]) == ("outside_horizon", 1)
    assert (body["first"], body["last"]) == ("2025-12", "2026-12")


def test_a_client_that_has_the_answer_gets_only_its_tag(deployed: Any) -> None:
    first = deployed.client.get("/predict", query_string=DUBAI)
    assert first.headers["Cache-Control"] == "no-cache"
    for known in (first.headers["ETag"], f'"other", W/{first.headers["ETag"]}', "*"):
        again = deployed.client.get("/predict", query_string=DUBAI, headers={"If-None-Match": known})
        assert (again.status_code, documented(deployed.client, again)) == (304, None)
        assert (again.headers["ETag"], "Content-Type" in again.headers) == (first.headers["ETag"], False)
    fresh = deployed.client.get("/predict", query_string=DUBAI, headers={"If-None-Match": '"other"'})
    assert fresh.data == first.data


def test_tags_differ_by_branch_month_medicine_and_model(
    deployed: Any, models: Any, deploy: Callable[..., Any]
) -> None:
    older = deploy(MODEL_DIR=str(models / "v0")).client
    medicine = deployed.lifecycle.domain.medicines[0]
    changes: list[dict[str, str]] = [{}, {"branch": "Karama"}, {"date": "2026-01"}, {"medicine": medicine}]
    tags = {
        client.get("/predict", query_string=DUBAI | change).headers["ETag"]
        for client in (deployed.client, older)
        for change in changes
    }
    assert len(tags) == 2 * len(changes)


def test_errors_have_no_tag(deployed: Any) -> None:
    assert "ETag" not in deployed.client.get("/predict?branch=Atlantis&date=2025-12").headers


def test_other_content_types_are_refused(deployed: Any) -> None:
    answer = deployed.client.post("/predict", data=DUBAI)
    assert (answer.status_code, documented(deployed.client, answer)["code"]) == (
        415,
        "unsupported_media_type",
    )


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/predict"), ("FOO", "/predict"), ("PUT", "/predict")]
)
def test_a_wrong_method_is_told_the_right_ones(deployed: Any, method: str, path: str) -> None:
    answer = deployed.client.open(path, method=method)
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(re.split(r",\s*", answer.headers["Allow"]))


@pytest.mark.parametrize("path", ["/", "/predict/", "/metrics", "/livez", "/readyz", "/%00", "/static/x"])
def test_an_unknown_path_is_a_json_404(deployed: Any, path: str) -> None:
    answer = deployed.client.get(path)
    assert (answer.status_code, answer.json["code"]) == (404, "unknown_path")


@pytest.mark.parametrize(
    ("branch", "expected"), [("Dubay Mall", "Dubai Mall"), ("dubai mall", "Dubai Mall"), ("deira", None)]
)
def test_the_nearest_names_are_suggested(deployed: Any, branch: str, expected: Any) -> None:
    nearest = deployed.client.get("/predict", query_string={**DUBAI, "branch": branch}).json["nearest"]
    assert nearest[:1] == ([expected] if expected else [])


@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["branch", "date", "medicine", "x"]), inner, max_size=3),
).map(lambda content: json.dumps(content).encode()))  # fmt: skip
def test_no_body_at_all_makes_the_service_fail(deployed: Any, body: bytes) -> None:
    assert deployed.client.post("/predict", data=body, content_type=JSON).status_code < 500


def test_every_answer_says_who_gave_it(deployed: Any) -> None:
    for path in ("/predict?branch=Dubai+Mall&date=2025-12", "/predict", "/nowhere", "/openapi.json"):
        headers = deployed.client.get(path).headers
        assert (headers["X-Model-Version"], headers["X-Revision"]) == ("v1", "rev1")


def test_without_a_revision_there_is_no_such_header(deploy: Callable[..., Any]) -> None:
    assert "X-Revision" not in deploy().client.get("/openapi.json").headers


@pytest.mark.parametrize(
    ("given_id", "kept"),
    [
        pytest.param("3f-A_b.c:d", True, id="usable"),
        pytest.param("a" * 128, True, id="long"),
        pytest.param("a" * 129, False, id="too-long"),
        pytest.param('x"y', False, id="quotes"),
        pytest.param("", False, id="empty"),
    ],
)  # fmt: skip
def test_a_usable_request_id_is_kept_and_any_other_replaced(deployed: Any, given_id: str, kept: Any) -> None:
    returned = deployed.client.get("/openapi.json", headers={"X-Request-Id": given_id}).headers[
        "X-Request-Id"
    ]
    assert (returned == given_id) is kept
    assert returned


def test_the_document_is_openapi_and_lists_what_can_be_asked(deployed: Any) -> None:
    document = deployed.client.get("/openapi.json").json
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    parameters = {one["name"]: one for one in document["paths"]["/predict"]["get"]["parameters"]}
    assert parameters["branch"]["schema"]["enum"] == list(deployed.lifecycle.domain.branches)
    assert next(iter(parameters["date"]["examples"])) == "2025-12"
    assert document["openapi"] == "3.1.0"


def test_v0_answers_behind_the_same_contract(models: Any, deploy: Callable[..., Any]) -> None:
    client = deploy(MODEL_DIR=str(models / "v0"), MODEL_VERSION="v0").client
    body = documented(client, client.get("/predict", query_string=DUBAI))
    assert body["model"]["version"] == "v0"
    assert body["model"]["digest"] != deploy().lifecycle.model["digest"]
