"""What a frontend needs besides forecasts: the names, the months, and what was sold before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from service import months, past
from service.training import data
from service.training.data import QUICK

from .agreement import documented

DUBAI = {"branch": "Dubai Mall"}
SOLD = data.generate(1, QUICK)
"""The history that the models of these tests were trained on."""


def test_the_catalogue_lists_all_that_can_be_asked(deployed: Any) -> None:
    body = documented(deployed.client, deployed.client.get("/catalogue"))
    domain = deployed.lifecycle.domain
    assert (tuple(body["branches"]), tuple(body["medicines"])) == (domain.branches, domain.medicines)
    assert (body["first"], body["last"]) == ("2025-12", "2026-12")
    assert body["model"] == deployed.lifecycle.model
    for date in (body["first"], body["last"]):
        query = {"branch": body["branches"][-1], "date": date, "medicine": body["medicines"][-1]}
        assert deployed.client.get("/predict", query_string=query).status_code == 200


def test_the_history_is_what_was_sold_up_to_the_first_forecast(deployed: Any) -> None:
    body = documented(deployed.client, deployed.client.get("/history", query_string=DUBAI))
    assert (body["branch"], body["first"], body["last"]) == ("Dubai Mall", "2022-12", "2025-11")
    assert [one["medicine"] for one in body["series"]] == list(SOLD.medicines)
    for series, units, out in zip(body["series"], SOLD.units[0], SOLD.censored[0], strict=True):
        expected = [None if np.isnan(one) else int(one) for one in units[-36:]]
        assert series["units"] == expected
        assert series["stockouts"] == [
            months.name(SOLD.last_month - 35 + step) for step, gone in enumerate(out[-36:]) if gone
        ]
    assert any(None in one["units"] for one in body["series"])
    assert any(one["stockouts"] for one in body["series"])


def test_one_medicine_is_the_series_of_the_whole_history(deployed: Any) -> None:
    whole = deployed.client.get("/history", query_string=DUBAI).json["series"]
    query = {**DUBAI, "medicine": whole[3]["medicine"]}
    alone = documented(deployed.client, deployed.client.get("/history", query_string=query))
    assert alone["series"] == [whole[3]]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "missing_field"),
        ("branch=", 400, "missing_field"),
        ("branch=A&branch=B", 400, "bad_field"),
        ("branch=Dubai+Mall&date=2025-12", 400, "unknown_field"),
        ("branch=Atlantis", 404, "unknown_branch"),
        ("branch=Dubai+Mall&medicine=Gold", 404, "unknown_medicine"),
        ("branch=%FF%FE", 404, "unknown_branch"),
    ],
)
def test_a_bad_question_is_answered_with_an_honest_error(
    deployed: Any, query: str, status: int, code: str
) -> None:
    answer = deployed.client.get(f"/history?{query}")
    assert (answer.status_code, documented(deployed.client, answer)["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/catalogue", "/history?branch=Dubai+Mall"])
def test_a_client_that_has_it_gets_only_its_tag(deployed: Any, path: str) -> None:
    first = deployed.client.get(path)
    again = deployed.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, documented(deployed.client, again)) == (304, None)
    assert first.headers["Cache-Control"] == "no-cache"


def test_tags_differ_by_model_and_branch(deployed: Any, deploy: Callable[..., Any], models: Any) -> None:
    older = deploy(MODEL_DIR=str(models / "v0"), MODEL_VERSION="v0")
    paths = ("/catalogue", "/history?branch=Dubai+Mall", "/history?branch=Karama")
    tags = {one.client.get(path).headers["ETag"] for one in (deployed, older) for path in paths}
    assert len(tags) == 6


@pytest.mark.parametrize("path", ["/catalogue", "/history?branch=Dubai+Mall"])
def test_without_a_model_there_is_nothing_to_know(deploy: Callable[..., Any], path: str) -> None:
    unready = deploy(MODEL_DIR="nowhere")
    answer = unready.client.get(path)
    assert (answer.status_code, documented(unready.client, answer)["code"]) == (503, "not_ready")


def test_a_model_stored_without_its_past_still_forecasts(deploy: Callable[..., Any]) -> None:
    deployed = deploy()
    deployed.lifecycle._table = replace(deployed.lifecycle.table(), past=None)
    answer = deployed.client.get("/history", query_string=DUBAI)
    assert (answer.status_code, documented(deployed.client, answer)["code"]) == (404, "no_history")
    assert deployed.client.get("/predict", query_string={**DUBAI, "date": "2025-12"}).status_code == 200


def test_a_short_history_is_kept_whole() -> None:
    short = SOLD.until(SOLD.first_month + 11)
    kept = past.recent(short)
    assert (kept.first, kept.units.shape[2]) == (SOLD.first_month, 12)
