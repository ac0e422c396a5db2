"""Conformance to the Open Inference Protocol V2 (REST), endpoint by endpoint."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from .agreement import JSON, documented
from .test_predictions import counted

MODEL = "/v2/models/forecast"
VERSIONED = f"{MODEL}/versions/v1"


def tensor(name: str, *data: Any, **changes: Any) -> dict[str, Any]:
    return {"name": name, "shape": [len(data)], "datatype": "BYTES", "data": list(data)} | changes


BRANCH, DATE = tensor("branch", "Dubai Mall"), tensor("date", "2025-12")


def infer(deployed: Any, *inputs: Any, path: str = MODEL, **members: Any) -> Any:
    return deployed.client.post(f"{path}/infer", json={"inputs": list(inputs), **members})


def outputs_of(deployed: Any, answer: Any) -> dict[str, Any]:
    return {one["name"]: one for one in documented(deployed.client, answer)["outputs"]}


def test_the_server_tells_its_name_version_and_extensions(deployed: Any) -> None:
    body = documented(deployed.client, deployed.client.get("/v2"))
    assert body == {"name": "forecast", "version": "1.0.0", "extensions": []}


def test_the_server_is_live_and_ready(deployed: Any) -> None:
    assert documented(deployed.client, deployed.client.get("/v2/health/live")) == {"live": True}
    assert documented(deployed.client, deployed.client.get("/v2/health/ready")) == {"ready": True}


@pytest.mark.parametrize("path", [MODEL, VERSIONED])
def test_the_model_tells_its_tensors_and_that_it_is_ready(deployed: Any, path: str) -> None:
    body = documented(deployed.client, deployed.client.get(path))
    assert (body["name"], body["versions"], body["platform"]) == ("forecast", ["v1"], "scikit-learn")
    assert [one["name"] for one in body["inputs"]] == ["branch", "date", "medicine"]
    assert {one["name"]: one["datatype"] for one in body["outputs"]} == {
        "medicine": "BYTES",
        "units": "INT64",
        "low": "INT64",
        "high": "INT64",
    }
    ready = documented(deployed.client, deployed.client.get(f"{path}/ready"))
    assert ready == {"name": "forecast", "ready": True}


@pytest.mark.parametrize("path", [MODEL, VERSIONED])
def test_an_inference_says_what_predict_says(deployed: Any, path: str) -> None:
    rows = tensor("branch", "Dubai Mall", "Karama"), tensor("date", "2025-12", "2026-03-09")
    answer = infer(deployed, *rows, path=path)
    body, outputs = documented(deployed.client, answer), outputs_of(deployed, answer)
    asked = [{"branch": "Dubai Mall", "date": "2025-12"}, {"branch": "Karama", "date": "2026-03"}]
    said = [row for one in deployed.client.post("/predict", json=asked).json for row in one["forecasts"]]
    assert list(outputs) == ["medicine", "units", "low", "high"]
    for name, one in outputs.items():
        assert one["shape"] == [2, len(deployed.lifecycle.domain.medicines)]
        assert one["data"] == [row[name] for row in said]
    assert (body["model_name"], body["model_version"]) == ("forecast", "v1")
    assert body["parameters"] == {"digest": deployed.lifecycle.model["digest"]}


def test_the_id_is_echoed_and_left_out_if_there_was_none(deployed: Any) -> None:
    assert documented(deployed.client, infer(deployed, BRANCH, DATE, id="a-7"))["id"] == "a-7"
    assert documented(deployed.client, infer(deployed, BRANCH, DATE, id=""))["id"] == ""
    for members in ({}, {"id": None, "parameters": None, "outputs": None}):
        assert "id" not in documented(deployed.client, infer(deployed, BRANCH, DATE, **members))


def test_the_medicine_input_narrows_each_row_to_one(deployed: Any) -> None:
    medicines = deployed.lifecycle.domain.medicines
    rows = tensor("branch", "Karama", "Karama"), tensor("date", "2026-01", "2026-01")
    outputs = outputs_of(deployed, infer(deployed, *rows, tensor("medicine", medicines[4], medicines[1])))
    assert outputs["medicine"] == tensor("medicine", medicines[4], medicines[1], shape=[2, 1])
    said = deployed.client.get("/predict?branch=Karama&date=2026-01").json["forecasts"]
    assert outputs["units"]["data"] == [said[4]["units"], said[1]["units"]]


def test_only_the_outputs_asked_for_are_sent_in_their_order(deployed: Any) -> None:
    wanted = [{"name": "high", "parameters": {"binary_data": False}}, {"name": "units"}]
    assert list(outputs_of(deployed, infer(deployed, BRANCH, DATE, outputs=wanted))) == ["high", "units"]


def test_a_column_of_one_is_as_good_as_a_row(deployed: Any) -> None:
    column = infer(deployed, {**BRANCH, "shape": [1, 1]}, {**DATE, "shape": [1, 1]})
    assert column.data == infer(deployed, BRANCH, DATE).data


def test_a_body_without_a_content_type_is_read(deployed: Any) -> None:
    body = b'{"inputs": []}'
    assert deployed.client.post(f"{MODEL}/infer", data=body).status_code == 400
    other = deployed.client.post(f"{MODEL}/infer", data=body, content_type="text/plain")
    assert (other.status_code, set(documented(deployed.client, other))) == (415, {"error"})


BAD = [
    pytest.param(None, 400, "must be an object", id="null"),
    pytest.param({"inputs": [BRANCH, DATE], "x": 1}, 400, "no member 'x'", id="unknown-member"),
    pytest.param({"inputs": [BRANCH, DATE], "id": 7}, 400, "id must be", id="number-as-id"),
    pytest.param({"inputs": [BRANCH, DATE], "parameters": []}, 400, "parameters", id="parameters"),
    pytest.param({}, 400, "inputs is missing", id="no-inputs"),
    pytest.param({"inputs": [BRANCH]}, 400, "input date is missing", id="no-date"),
    pytest.param({"inputs": [BRANCH, DATE, BRANCH]}, 400, "more than once", id="twice"),
    pytest.param({"inputs": [BRANCH, DATE, tensor("units", "4")]}, 400, "there are branch", id="unknown"),
    pytest.param({"inputs": [{**BRANCH, "datatype": "FP32"}, DATE]}, 400, "BYTES", id="datatype"),
    pytest.param({"inputs": [{**BRANCH, "shape": [2]}, DATE]}, 400, "its shape says 2", id="shape"),
    pytest.param({"inputs": [{**BRANCH, "shape": [1, 2]}, DATE]}, 400, "[rows, 1]", id="wide"),
    pytest.param({"inputs": [{**BRANCH, "shape": [True]}, DATE]}, 400, "whole numbers", id="flag-as-size"),
    pytest.param({"inputs": [{**BRANCH, "data": [["x"]]}, DATE]}, 400, "flat list", id="nested-data"),
    pytest.param({"inputs": [tensor("branch"), tensor("date")]}, 400, "no row", id="no-row"),
    pytest.param({"inputs": [BRANCH, tensor("date", "2025-12", "2026-01")]}, 400, "differ", id="ragged"),
    pytest.param({"inputs": [BRANCH, DATE], "outputs": [{"name": "x"}]}, 400, "no such output", id="output"),
    pytest.param({"inputs": [BRANCH, DATE], "outputs": [{"name": "low"}] * 2}, 400, "once", id="same-output"),
    pytest.param({"inputs": [BRANCH, DATE], "outputs": {}}, 400, "outputs must be", id="outputs-no-list"),
    pytest.param({"inputs": [tensor("branch", "Dubay Mall"), DATE]}, 404, "are Dubai Mall", id="branch"),
    pytest.param({"inputs": [BRANCH, tensor("date", "soon")]}, 422, "row 0: 'soon'", id="no-date-at-all"),
    pytest.param({"inputs": [BRANCH, tensor("date", "2031-01")]}, 422, "2025-12 to 2026-12", id="too-far"),
    pytest.param({"inputs": [tensor("branch", *["x"] * 501), DATE]}, 413, "at most 500", id="too-many"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "reason"), BAD)
def test_an_error_is_one_sentence_and_an_honest_status(
    deployed: Any, body: Any, status: int, reason: str
) -> None:
    answer = deployed.client.post(f"{MODEL}/infer", data=json.dumps(body), content_type=JSON)
    said = documented(deployed.client, answer)
    assert (answer.status_code, set(said)) == (status, {"error"})
    assert reason in said["error"]


@pytest.mark.parametrize("path", ["/v2/models/x", "/v2/models/forecast/versions/v9"])
@pytest.mark.parametrize("verb", ["", "/ready", "/infer"])
def test_other_models_and_versions_are_unknown(deployed: Any, path: str, verb: str) -> None:
    method = "POST" if verb == "/infer" else "GET"
    answer = deployed.client.open(path + verb, method=method, json={} if method == "POST" else None)
    assert (answer.status_code, set(documented(deployed.client, answer))) == (404, {"error"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/nothing", 404), ("DELETE", "/v2", 405), ("GET", f"{MODEL}/infer", 405)],
)
def test_what_the_protocol_does_not_have_is_an_error_in_its_shape(
    deployed: Any, method: str, path: str, status: int
) -> None:
    answer = deployed.client.open(path, method=method)
    assert (answer.status_code, set(answer.json)) == (status, {"error"})


def test_without_a_model_the_server_lives_and_says_why_it_is_not_ready(
    deploy: Callable[..., Any], tmp_path: Any
) -> None:
    deployed = deploy(MODEL_DIR=str(tmp_path))
    assert deployed.client.get("/v2/health/live").status_code == 200
    for path in ("/v2/health/ready", f"{MODEL}/ready"):
        answer = deployed.client.get(path)
        body = documented(deployed.client, answer)
        assert (answer.status_code, body["ready"]) == (503, False)
        assert "MANIFEST.json: cannot be read" in body["error"]
    refused = infer(deployed, BRANCH, DATE)
    assert (refused.status_code, set(documented(deployed.client, refused))) == (503, {"error"})


def test_a_stopping_server_is_not_ready(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    deployed.lifecycle.drain()
    assert deployed.client.get("/v2/health/ready").status_code == 503
    assert infer(deployed, BRANCH, DATE).status_code == 200


def test_inferences_count_as_predictions_and_meet_the_same_faults(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    infer(deployed, tensor("branch", "Karama", "Karama"), tensor("date", "2026-01", "2026-02"))
    assert counted(deployed, "forecast_answers_total") == {"": 2}
    broken = deploy(FAULTS='{"enabled": true, "error": true}')
    refused = infer(broken, BRANCH, DATE)
    assert (refused.status_code, set(documented(broken.client, refused))) == (500, {"error"})
    spoiled = deploy(FAULTS='{"enabled": true, "nan": true}')
    assert "no usable forecast" in documented(spoiled.client, infer(spoiled, BRANCH, DATE))["error"]


def test_probes_are_no_requests_in_the_metrics(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    for path in ("/v2/health/live", "/v2/health/ready", f"{VERSIONED}/ready", "/v2", MODEL):
        deployed.client.get(path)
    infer(deployed, BRANCH, DATE)
    infer(deployed, BRANCH, DATE, path=VERSIONED)
    name = (
        "flask_http_request_duration_seconds_count"
        '{method="%s",model_version="v1",status="200",url_rule="%s"} 2.0'
    )
    page = deployed.metrics.page().decode()
    assert name % ("GET", "/v2") in page
    assert name % ("POST", "/v2/infer") in page
