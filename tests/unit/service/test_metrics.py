import json
import logging
import sys
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from service import months
from service.logs import JsonFormatter
from service.metrics import BUCKETS

ASK = "/predict?branch=Dubai+Mall&date=2025-12"


def samples(deployed: Any) -> list[Any]:
    page = deployed.metrics.page().decode()
    return [one for family in text_string_to_metric_families(page) for one in family.samples]


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


def test_strangers_cannot_make_series(deploy: Any) -> None:
    deployed = deploy()
    for number in range(100):
        deployed.client.get(f"/{number}")
        deployed.client.get(f"/predict?branch={number}&date=2025-12")
        deployed.client.open("/predict", method=f"M{number}")
        for path in (f"/v2/{number}", f"/v2/models/{number}", f"/v2/models/{number}/versions/v1/ready"):
            deployed.client.get(path)
        deployed.client.post(f"/v2/models/{number}/infer", data=b"[]")
        deployed.client.post("/v2/models/forecast/infer", data=b"[]")
    assert len(samples(deployed)) < 300


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
