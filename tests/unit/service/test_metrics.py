import json
import logging
import sys
from random import Random
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service import months, openapi
from service.errors import REFUSALS
from service.logs import JsonFormatter
from service.metrics import BUCKETS

ASK = "/predict?branch=Dubai+Mall&date=2025-12"


def samples(deployed: Any) -> list[Any]:
    page = deployed.metrics.page().decode()
    return [one for family in text_string_to_metric_families(page) for one in family.samples]


def counted_by(deployed: Any, name: str, label: str) -> dict[str, float]:
    return {one.labels[label]: one.value for one in samples(deployed) if one.name == name}


def test_requests_are_counted_by_rule_method_and_status(deploy: Any) -> None:
    deployed = deploy()
    for path in (ASK, ASK, "/predict", "/nowhere"):
        deployed.client.get(path)
    counted = {
        (one.labels["url_rule"], one.labels["status"]): one.value
        for one in samples(deployed)
        if one.name == "flask_http_request_duration_seconds_count"
    }
    assert counted == {("/predict", "200"): 2, ("/predict", "400"): 1, ("None", "404"): 1}


def test_the_buckets_see_one_millisecond_and_ten_seconds(deploy: Any) -> None:
    deployed = deploy()
    deployed.client.get(ASK)
    edges = [
        float(one.labels["le"])
        for one in samples(deployed)
        if one.name == "flask_http_request_duration_seconds_bucket"
    ]
    assert edges == [*map(float, BUCKETS), float("inf")]


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]


def test_ten_thousand_random_paths_and_a_thousand_bad_branches_make_no_series(
    deploy: Any, caplog: Any
) -> None:
    caplog.set_level(logging.CRITICAL)
    deployed, dice = deploy(), Random(7)
    for number in range(10_000):
        method = METHODS[number % len(METHODS)] if number % 3 == 0 else "GET"
        deployed.client.open(f"/{dice.getrandbits(40):x}/{number}", method=method)
    for _ in range(1_000):
        deployed.client.get(f"/predict?branch={dice.getrandbits(40):x}&date=2025-12")
    assert len(samples(deployed)) <= 300
    refused = counted_by(deployed, "forecast_refused_total", "reason")
    assert (refused["unknown_path"], refused["unknown_branch"]) == (10_000, 1_000)


def test_methods_and_model_names_of_strangers_make_no_series(deploy: Any) -> None:
    deployed = deploy()
    for number in range(100):
        method = f"M{number}"
        for path in ("/predict", f"/{number}", f"/v2/models/{number}", "/openapi.json"):
            deployed.client.open(path, method=method)
            deployed.client.open(path, method=METHODS[number % len(METHODS)])
        for path in (f"/v2/{number}", f"/v2/models/{number}", f"/v2/models/{number}/versions/v1/ready"):
            deployed.client.get(path)
        deployed.client.post(f"/v2/models/{number}/infer", data=b"[]")
        deployed.client.post("/v2/models/forecast/infer", data=b"[]")
    assert len(samples(deployed)) <= 300
    methods = {one.labels["method"] for one in samples(deployed) if one.name == "flask_http_request_total"}
    assert methods == {"GET", "POST", "ANY"}


def test_head_is_counted_as_get_options_not_at_all_and_the_log_knows_both(deploy: Any, caplog: Any) -> None:
    deployed = deploy()
    with caplog.at_level(logging.INFO, "service.access"):
        for method in ("GET", "HEAD", "OPTIONS", "BREW"):
            deployed.client.open(ASK, method=method)
    counted = {
        (one.labels["method"], one.labels["status"]): one.value
        for one in samples(deployed)
        if one.name == "flask_http_request_total"
    }
    assert counted == {("GET", "200"): 2, ("ANY", "405"): 1}
    lines = [one for one in caplog.records if one.name == "service.access"]
    told = [json.loads(JsonFormatter().format(one))["method"] for one in lines]
    assert told == ["GET", "HEAD", "OPTIONS", "BREW"]


def test_requests_are_counted_under_the_version_that_answers(deploy: Any, models: Any) -> None:
    for version in ("v0", "v1"):
        deployed = deploy(MODEL_DIR=str(models / version), MODEL_VERSION="v9")
        deployed.client.get(ASK)
        names = ("flask_http_request_total", "flask_http_request_duration_seconds_count")
        labels = {one.name: one.labels["model_version"] for one in samples(deployed) if one.name in names}
        assert labels == dict.fromkeys(names, version)


@pytest.mark.parametrize(
    ("method", "path", "sent", "reason"),
    [
        ("GET", "/predict", {}, "missing_field"),
        ("GET", "/predict?branch=Dubai+Mall&date=2031-01", {}, "outside_horizon"),
        ("POST", "/predict", {"data": b"{", "content_type": "application/json"}, "bad_json"),
        ("POST", "/predict", {"data": b" " * 300_000, "content_type": "application/json"}, "body_too_large"),
        ("POST", "/predict", {"data": b"x"}, "unsupported_media_type"),
        ("POST", "/v2/models/forecast/infer", {"json": {}}, "missing_field"),
        ("GET", "/v2/models/x", {}, "unknown_model"),
        ("PUT", "/predict", {}, "method_not_allowed"),
    ],
)
def test_a_refused_input_is_counted_by_its_reason(
    deploy: Any, method: str, path: str, sent: dict[str, Any], reason: str
) -> None:
    deployed = deploy()
    deployed.client.open(path, method=method, **sent)
    deployed.client.get(ASK)
    refused = counted_by(deployed, "forecast_refused_total", "reason")
    assert set(refused) == REFUSALS
    assert {name for name, count in refused.items() if count} == {reason}


def test_what_the_service_has_to_answer_for_is_no_refused_input(deploy: Any) -> None:
    deployed = deploy(MODEL_DIR="nowhere")
    assert deployed.client.get(ASK).status_code == 503
    assert not any(counted_by(deployed, "forecast_refused_total", "reason").values())


def test_every_code_of_a_refusal_is_documented() -> None:
    documented = set(openapi.document(None)["components"]["schemas"]["Error"]["properties"]["code"]["enum"])
    assert documented >= REFUSALS - {"unknown_model"}  # which only V2 says, where errors have no code


def test_the_model_that_answers_is_a_label(deploy: Any) -> None:
    deployed = deploy(REVISION="rev9")
    (info,) = [one for one in samples(deployed) if one.name == "forecast_model_info"]
    assert info.labels == {**deployed.lifecycle.model, "revision": "rev9"}
    assert ("forecast_ready", 1.0) in {(one.name, one.value) for one in samples(deployed)}


def test_the_page_says_how_far_the_model_knows_the_past_and_the_future(deploy: Any) -> None:
    deployed = deploy()
    domain = deployed.lifecycle.domain
    found = {one.name: one.value for one in samples(deployed)}
    assert found["forecast_model_trained_until_timestamp_seconds"] == months.begin(domain.first)
    assert found["forecast_model_answers_until_timestamp_seconds"] == months.begin(domain.last + 1)


def test_without_a_model_nothing_is_said_of_its_age(deploy: Any) -> None:
    deployed = deploy(MODEL_DIR="nowhere")
    names = {one.name for one in samples(deployed)}
    assert "forecast_ready" in names
    assert not {name for name in names if name.endswith("until_timestamp_seconds")}


def test_each_request_is_one_log_line(deploy: Any, caplog: Any) -> None:
    deployed = deploy()
    with caplog.at_level(logging.INFO, "service.access"):
        deployed.client.get(ASK, headers={"X-Request-Id": "abc"})
    (record,) = [one for one in caplog.records if one.name == "service.access"]
    line = json.loads(JsonFormatter(revision="rev1").format(record))
    assert {"request_id": "abc", "method": "GET", "path": "/predict", "status": 200}.items() <= line.items()
    assert (line["model_version"], line["revision"]) == ("v1", "rev1")
    assert line["duration_ms"] > 0


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_of_the_caller_is_in_the_line(deploy: Any, caplog: Any) -> None:
    deployed = deploy()
    with caplog.at_level(logging.INFO, "service.access"):
        deployed.client.get(ASK, headers={"traceparent": PARENT, "X-Request-Id": "abc"})
        deployed.client.get(ASK)
    traced, plain = [
        json.loads(JsonFormatter().format(one)) for one in caplog.records if one.name == "service.access"
    ]
    assert (traced["request_id"], traced["trace_id"], traced["parent_id"]) == (
        "abc",
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
    )
    assert not {"trace_id", "parent_id"} & plain.keys()


def test_a_traceback_stays_inside_its_line() -> None:
    try:
        raise ValueError("two\nlines")  # noqa: TRY301
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f", 1, "broke", (), sys.exc_info()
        )  # fmt: skip
    text = JsonFormatter().format(record)
    assert "\n" not in text
    assert "ValueError: two" in json.loads(text)["traceback"]
