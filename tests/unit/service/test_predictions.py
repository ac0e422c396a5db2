"""What the metrics learn of the forecasts, and what a user gets when the model has none to give."""

import hashlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from openapi_schema_validator import OAS31Validator
from prometheus_client.parser import text_string_to_metric_families

from service import table
from service.answers import EDGES, Answer, Flaw, buckets, flaw_of
from service.metrics import Predictions
from service.model import SeasonalNaive
from service.training import data

from .test_artefact import rewrite

DUBAI = {"branch": "Dubai Mall", "date": "2025-12"}
NAN, INF = float("nan"), float("inf")


def counted(deployed: Any, name: str) -> dict[str, float]:
    """The samples of one name, by the value of their only label."""
    families = text_string_to_metric_families(deployed.metrics.page().decode())
    samples = [one for family in families for one in family.samples if one.name == name]
    return {next(iter(one.labels.values()), ""): one.value for one in samples}


def units_of(answer: Any) -> list[int]:
    return [row["units"] for row in answer.json["forecasts"]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([[4, 2, 7], [9, 5, 12]], None, id="good"),
        pytest.param([[0, 0, 0], [4, 2, 7]], None, id="no-demand-is-a-forecast"),
        pytest.param([[4, 2, 7], [NAN, 5, 12]], Flaw.NOT_FINITE, id="nan"),
        pytest.param([[4, 2, INF], [9, 5, 12]], Flaw.NOT_FINITE, id="interval-without-end"),
        pytest.param([[4, 2, 7], [-1, -1, 0]], Flaw.NEGATIVE, id="negative"),
        pytest.param([[4, -1, 7], [9, 5, 12]], Flaw.NEGATIVE, id="interval-from-below-zero"),
        pytest.param([[NAN, 0, 0], [-1, 0, 0]], Flaw.NOT_FINITE, id="the-first-flaw-counts"),
        pytest.param([[4, 2, 7], [4, 3, 9]], Flaw.CONSTANT, id="all-the-same"),
    ],
)
def test_an_answer_has_one_flaw_at_most(rows: list[list[float]], expected: Flaw | None) -> None:
    assert flaw_of(rows, varied=True) is expected


def test_the_same_of_every_medicine_is_right_where_the_history_is_the_same() -> None:
    assert flaw_of([[4, 2, 7], [4, 2, 7]], varied=False) is None


def test_an_edge_belongs_to_the_bucket_below_it() -> None:
    assert buckets([0, 2, 3, 250, 251, 0]) == ((0, 2), (1, 1), (2, 1), (10, 1), (11, 1))


def test_the_edges_fit_the_recorded_months() -> None:
    units = data.generate(2025).units
    recorded = units[np.isfinite(units)]
    share = np.bincount(np.searchsorted(EDGES, recorded), minlength=len(EDGES) + 1) / recorded.size
    assert all(0.07 < each < 0.22 for each in share[:7])
    assert share[-1] == 0
    assert (np.diff(EDGES) >= 2).all()


def test_every_medicine_of_an_answer_is_counted_by_its_units(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    units = units_of(deployed.client.get("/predict", query_string=DUBAI))
    expected = {str(float(edge)): sum(one <= edge for one in units) for edge in EDGES}
    assert counted(deployed, "forecast_predicted_units_bucket") == {**expected, "+Inf": len(units)}
    assert counted(deployed, "forecast_predicted_units_count") == {"": len(units)}
    assert counted(deployed, "forecast_predicted_units_sum") == {"": sum(units)}
    assert counted(deployed, "forecast_answers_total") == {"": 1}


def test_a_list_counts_each_of_its_answers_and_one_medicine_alone_is_one(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    medicines = deployed.lifecycle.domain.medicines
    deployed.client.post("/predict", json=[DUBAI, {**DUBAI, "medicine": medicines[3]}])
    assert counted(deployed, "forecast_answers_total") == {"": 2}
    assert counted(deployed, "forecast_predicted_units_count") == {"": len(medicines) + 1}


def test_what_is_no_forecast_is_not_counted(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    for path in ("/predict", "/predict?branch=Atlantis&date=2025-12", "/openapi.json"):
        deployed.client.get(path)
    assert counted(deployed, "forecast_answers_total") == {"": 0}


def test_a_good_model_has_no_bad_answer_and_every_reason_is_there_from_the_start(
    deploy: Callable[..., Any],
) -> None:
    deployed = deploy()
    assert deployed.lifecycle.table().flaws() == {}
    nothing = {"not_finite": 0, "negative": 0, "constant": 0}
    assert counted(deployed, "forecast_bad_answers_total") == nothing
    deployed.client.get("/predict", query_string=DUBAI)
    assert counted(deployed, "forecast_bad_answers_total") == nothing


@pytest.mark.parametrize(("number", "reason"), [(NAN, "not_finite"), (INF, "not_finite"), (-3, "negative")])
def test_one_impossible_number_refuses_its_answer_and_no_other(
    deploy: Callable[..., Any], number: float, reason: str
) -> None:
    deployed = deploy()
    honest = deployed.lifecycle.table()
    cells = honest.cells.astype(float)
    cells[honest.domain.branches.index("Dubai Mall"), 0, 5, 1] = number
    deployed.lifecycle._table = honest.distorted(lambda _: cells)
    refused = deployed.client.get("/predict", query_string=DUBAI)
    assert (refused.status_code, refused.json["code"]) == (500, "bad_prediction")
    assert "Dubai Mall in 2025-12" in refused.json["message"]
    assert counted(deployed, "forecast_bad_answers_total")[reason] == 1
    assert counted(deployed, "forecast_predicted_units_count") == {"": 0}
    fine = deployed.client.get("/predict", query_string={**DUBAI, "date": "2026-01"})
    assert b".0" not in fine.data
    assert fine.data == honest.answer("Dubai Mall", honest.domain.first + 1, None).body
    alone = deployed.client.post("/predict", json={**DUBAI, "medicine": honest.domain.medicines[4]})
    assert (alone.status_code, len(alone.json["forecasts"])) == (200, 1)


def test_one_unusable_answer_refuses_the_list(deploy: Callable[..., Any]) -> None:
    deployed = deploy(FAULTS='{"enabled": true, "nan": true}')
    refused = deployed.client.post("/predict", json=[DUBAI, {**DUBAI, "date": "2026-02"}])
    document = deployed.client.get("/openapi.json").json
    described = document["paths"]["/predict"]["post"]["responses"]["500"]["content"]["application/json"]
    OAS31Validator({**described["schema"], "components": document["components"]}).validate(refused.json)
    assert counted(deployed, "forecast_answers_total") == {"": 2}
    assert counted(deployed, "forecast_bad_answers_total")["not_finite"] == 2


def test_one_medicine_of_a_constant_answer_is_as_bad_as_all(deploy: Callable[..., Any]) -> None:
    deployed = deploy(FAULTS='{"enabled": true, "constant": 4}')
    medicine = deployed.lifecycle.domain.medicines[0]
    answer = deployed.client.post("/predict", json={**DUBAI, "medicine": medicine})
    assert (answer.status_code, units_of(answer)) == (200, [4])
    assert counted(deployed, "forecast_bad_answers_total")["constant"] == 1
    assert counted(deployed, "forecast_predicted_units_sum") == {"": 4}


def test_a_model_that_says_nan_keeps_saying_so() -> None:
    forecaster = SeasonalNaive().fit(data.generate(1, data.Scale(branches=4, medicines=4, months=48)))
    assert table.predictions(forecaster).dtype == np.int64
    forecaster.state_.same_month[2, 1, :] = NAN
    forecaster.state_.level[2, 1] = NAN
    cells = table.predictions(forecaster)
    assert np.isnan(cells[2, :, 1, 0]).all()
    assert np.isfinite(cells).mean() > 0.9


def test_a_model_with_holes_is_served_and_they_are_told(
    model: Path, deploy: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    forecaster = joblib.load(model / "model.joblib")
    forecaster.state_.level[0, 7] = NAN
    joblib.dump(forecaster, model / "model.joblib")
    rewrite(
        model,
        files={"model.joblib": hashlib.sha256((model / "model.joblib").read_bytes()).hexdigest()},
        predictions=table.digest(forecaster.domain_, table.predictions(forecaster)),
    )
    with caplog.at_level(logging.WARNING):
        deployed = deploy(MODEL_DIR=str(model))
    assert deployed.lifecycle.not_ready_because is None
    assert "13 of 260 answers are not_finite" in caplog.text
    assert deployed.client.get("/predict", query_string=DUBAI).status_code == 500


def test_no_count_is_lost_between_threads() -> None:
    predictions = Predictions()
    answers = [Answer(b"", ((0, 20), (3, 10)), 60, Flaw.CONSTANT, "")]
    threads = [
        threading.Thread(target=lambda: [predictions.count(answers) for _ in range(2000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples = {one.name: one.value for family in predictions.collect() for one in family.samples[-1:]}
    assert samples["forecast_answers_total"] == samples["forecast_bad_answers_total"] == 8000
    assert samples["forecast_predicted_units_sum"] == 480_000
