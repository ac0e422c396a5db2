"""What is kept ready is what the model says, for every cell; what is not kept, the model is asked for."""

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from service import months, table
from service.table import TableError

from .agreement import documented
from .test_metrics import counted_by

DUBAI = {"branch": "Dubai Mall", "date": "2025-12"}


def test_every_cell_of_every_answer_is_what_the_model_says_when_asked_for_it_alone(deployed: Any) -> None:
    stored = deployed.lifecycle.table()
    domain, checked = stored.domain, 0
    for (at, branch), month in product(enumerate(domain.branches), range(domain.first, domain.last + 1)):
        served = json.loads(stored.answer(branch, month, None).body)["forecasts"]
        assert [row["medicine"] for row in served] == list(domain.medicines)
        for index, row in enumerate(served):
            (alone,) = stored.ask(np.array([[at, index, month]], dtype=np.int64)).tolist()
            assert [row["units"], row["low"], row["high"]] == alone
            checked += 1
    assert checked == stored.cells[..., 0].size == 20 * 13 * 12


def test_a_table_that_differs_from_its_model_in_a_sampled_cell_is_refused(deployed: Any) -> None:
    stored = deployed.lifecycle.table()
    forecaster = stored.ask.__self__
    cells = stored.cells.copy()
    table.verify_sample(forecaster, cells)
    cells[0, 0, 0, 2] += 1
    with pytest.raises(TableError, match="asked again the model says"):
        table.verify_sample(forecaster, cells)


@pytest.mark.parametrize("kept", ["0", "1", "5"])
def test_the_model_answers_what_the_table_does_not_keep_with_the_same_bytes(
    deployed: Any, deploy: Callable[..., Any], kept: str
) -> None:
    asked = deploy(TABLE_MONTHS=kept, REVISION="rev1")
    domain = deployed.lifecycle.domain
    for month, medicine in product(range(domain.first, domain.last + 1), (None, domain.medicines[3])):
        query = {**DUBAI, "date": months.name(month)} | ({"medicine": medicine} if medicine else {})
        ours, kept_ready = (one.client.get("/predict", query_string=query) for one in (asked, deployed))
        assert documented(asked.client, ours) == kept_ready.json
        assert (ours.data, ours.headers["ETag"]) == (kept_ready.data, kept_ready.headers["ETag"])
    found = counted_by(asked, "forecast_lookups_total", "source")
    assert found == {"table": 2 * int(kept), "model": 26 - 2 * int(kept)}
    assert asked.lifecycle.table().cells.shape[1] == len(
        {month for _, month in asked.lifecycle.table().answers}
    )


def test_all_other_ways_to_ask_reach_the_model_too(deployed: Any, deploy: Callable[..., Any]) -> None:
    asked = deploy(TABLE_MONTHS="0")
    queries = [DUBAI, {**DUBAI, "branch": "Karama", "medicine": deployed.lifecycle.domain.medicines[0]}]
    tensors = [
        {"name": name, "datatype": "BYTES", "shape": [1], "data": [DUBAI[name]]}
        for name in ("branch", "date")
    ]
    for path, body in (("/predict", queries), ("/v2/models/forecast/infer", {"inputs": tensors})):
        ours, kept_ready = (one.client.post(path, json=body) for one in (asked, deployed))
        assert documented(asked.client, ours) == kept_ready.json


def test_a_client_that_has_the_models_answer_gets_only_its_tag(deploy: Callable[..., Any]) -> None:
    client = deploy(TABLE_MONTHS="0").client
    tag = client.get("/predict", query_string=DUBAI).headers["ETag"]
    again = client.get("/predict", query_string=DUBAI, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(("fault", "status"), [({"nan": True}, 500), ({"constant": 4}, 200)])
def test_faults_spoil_what_the_model_says_when_asked(
    deploy: Callable[..., Any], fault: dict[str, Any], status: int
) -> None:
    spoiled = deploy(TABLE_MONTHS="0", FAULTS=json.dumps({"enabled": True, **fault}))
    answer = spoiled.client.get("/predict", query_string=DUBAI)
    assert answer.status_code == status
    assert sum(counted_by(spoiled, "forecast_bad_answers_total", "reason").values()) == 1
    if status == 200:
        assert {row["units"] for row in answer.json["forecasts"]} == {4}
