import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from service import faults
from service.faults import Faults
from service.refusal import ConfigError

ASK = "/predict?branch=Dubai+Mall&date=2025-12"


def switched_on(**kinds: Any) -> str:
    return json.dumps({"enabled": True, **kinds})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("{", "no JSON", id="no-json"),
        pytest.param("[" * 100_000, "no JSON", id="too-deep"),
        pytest.param("[]", "object", id="list"),
        pytest.param('{"delay": true}', "without", id="no-switch"),
        pytest.param('{"enabled": false, "nan": true}', "without", id="switched-off"),
        pytest.param('{"enabled": "true", "nan": true}', "without", id="switch-is-text"),
        pytest.param(switched_on(eror=True), "unknown kind eror", id="typo"),
        pytest.param(switched_on(error={"rate": 1}), "unknown rate", id="unknown-parameter"),
        pytest.param(switched_on(error={"ratio": 1.5}), "above 1", id="ratio-above-one"),
        pytest.param(switched_on(error={"ratio": "all"}), "no number", id="ratio-is-text"),
        pytest.param(switched_on(error={"status": 200}), "no error status", id="status-200"),
        pytest.param(switched_on(error={"status": True}), "no number", id="status-is-flag"),
        pytest.param(switched_on(delay={"seconds": -1}), "no number", id="negative-delay"),
        pytest.param(switched_on(delay={"seconds": float("nan")}), "no number", id="nan-delay"),
        pytest.param(switched_on(hang="always"), "object", id="hang-is-text"),
        pytest.param(switched_on(nan=1), "neither", id="nan-is-number"),
        pytest.param(switched_on(constant="4"), "no number", id="constant-is-text"),
        pytest.param(switched_on(start_after="soon"), "no number", id="start-is-text"),
    ],
)
def test_faults_that_are_not_meant_exactly_so_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=f"FAULTS.*{reason}"):
        Faults.parse(text)


@pytest.mark.parametrize("text", ["", "{}", '{"enabled": true}', '{"enabled": false}'])
def test_without_kinds_nothing_fails(text: str) -> None:
    chosen = Faults.parse(text)
    assert (chosen.requests, chosen.spoils) == ({}, False)


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, 100), (0.5, 50), (0.03, 3), (0.0, 0)])
def test_a_ratio_is_met_exactly(ratio: float, expected: Any) -> None:
    assert sum(faults._due(number, ratio) for number in range(1, 101)) == expected


def test_every_fault_is_announced_as_a_warning(
    deploy: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    kinds = {"error": True, "delay": True, "hang": True, "crash": True, "memory": True}
    with caplog.at_level(logging.WARNING):
        deploy(FAULTS=switched_on(**kinds, nan=True, constant=4))
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [text.split()[1] for text in warned] == [*kinds, "nan", "constant"]


def test_the_error_fault_answers_its_status_and_is_counted(deploy: Callable[..., Any]) -> None:
    deployed = deploy(FAULTS=switched_on(error={"ratio": 0.5, "status": 502}))
    answers = [deployed.client.get(ASK) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 502, 200, 502]
    assert answers[1].json["code"] == "fault"
    assert (
        'flask_http_request_total{method="GET",model_version="v1",status="502"} 2.0'
        in deployed.metrics.page().decode()
    )


def test_the_delay_fault_is_seen_in_the_duration(deploy: Callable[..., Any]) -> None:
    deployed = deploy(FAULTS=switched_on(delay={"seconds": 0.06}))
    assert deployed.client.get(ASK).status_code == 200
    page = deployed.metrics.page().decode()
    bucket = 'bucket{le="%s",method="GET",model_version="v1",status="200",url_rule="/predict"} %s'
    assert bucket % ("0.05", "0.0") in page
    assert bucket % ("10.0", "1.0") in page


def test_the_nan_fault_is_an_honest_error_and_counted(deploy: Callable[..., Any]) -> None:
    deployed = deploy(FAULTS=switched_on(nan=True))
    answer = deployed.client.get(ASK)
    assert (answer.status_code, answer.json["code"]) == (500, "bad_prediction")
    assert b"NaN" not in answer.data
    page = deployed.metrics.page().decode()
    assert 'forecast_bad_answers_total{reason="not_finite"} 1.0' in page
    assert 'flask_http_request_total{method="GET",model_version="v1",status="500"} 1.0' in page


def test_the_constant_fault_answers_the_same_units_everywhere_and_is_counted(
    deploy: Callable[..., Any],
) -> None:
    deployed = deploy(FAULTS=switched_on(constant=4))
    asked = (ASK, "/predict?branch=Deira+City+Centre&date=2026-07")
    answers = [deployed.client.get(each) for each in asked]
    assert {cell["units"] for answer in answers for cell in answer.json["forecasts"]} == {4}
    assert 'forecast_bad_answers_total{reason="constant"} 2.0' in deployed.metrics.page().decode()


def test_the_memory_fault_keeps_what_it_takes(deploy: Callable[..., Any]) -> None:
    client = deploy(FAULTS=switched_on(memory={"mib_per_request": 24})).client
    before = _resident_mib()
    for _ in range(3):
        client.get(ASK)
    assert _resident_mib() - before > 60


def _resident_mib() -> float:
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * 4096 / 2**20


@pytest.mark.parametrize(("start_after", "due"), [(3600, False), (0, True)])
def test_faults_wait_for_their_start(deploy: Callable[..., Any], start_after: int, *, due: bool) -> None:
    failing = deploy(FAULTS=switched_on(error=True, start_after=start_after))
    assert failing.client.get(ASK).status_code == (500 if due else 200)
    spoiled = deploy(FAULTS=switched_on(constant=4_000, start_after=start_after))
    answered = {cell["units"] for cell in spoiled.client.get(ASK).json["forecasts"]}
    assert (4_000 in answered) is due


def test_other_routes_meet_no_fault(deploy: Callable[..., Any]) -> None:
    assert deploy(FAULTS=switched_on(error=True)).client.get("/openapi.json").status_code == 200
