from __future__ import annotations

import json
from dataclasses import replace
from math import log
from typing import Any

import pytest

from canary.core.margin import Tally
from canary.core.model import Finished, JournalEntry, Phase, Status, Verdict
from canary.core.view import ReleaseView, to_json, view

from .build import NEW, NOW, OLD, STEPS, healthy, on_step, preparing, promoting, row, spec_of

LINE = JournalEntry(1, NOW, 0, 10, Phase.PROGRESSING, NEW, "readiness", "", "because", "ann")


def shown(status: Status, problem: str = "", **spec: Any) -> ReleaseView:
    return view("production", "forecast", spec_of(**spec), status, NOW, problem)


def test_a_step_shows_where_it_is_and_what_it_counts() -> None:
    found = shown(
        on_step(
            evidence=(
                row(Verdict.HOLD, requests=50, needed=50, against=log(4), proof=-log(8)),
                row(Verdict.PASS, "latency"),
            ),
            journal=(LINE,),
        )
    )
    assert (found.namespace, found.name, found.phase, found.weight) == (
        "production",
        "forecast",
        Phase.PROGRESSING,
        10,
    )
    assert (found.step, found.steps, found.step_weight, found.actor) == (1, 3, 10, "ann")
    assert (found.stable, found.canary) == (OLD, NEW)
    first, second = found.evidence
    assert (first.rule, first.view, first.verdict, first.needed) == ("errors", "edge", "HOLD", 50)
    assert (first.canary_requests, first.canary_bad, first.canary_rate) == (50, 1, 0.02)
    assert (first.odds_against, first.odds_for) == ("4 : 1", "1 : 8")
    assert (second.canary_bad, second.stable_bad, second.stable_rate) == (1, 0, 0.0)
    assert found.missing == ("errors/edge: as counted",)


def test_no_requests_have_no_rate() -> None:
    empty = shown(on_step(evidence=(replace(row(Verdict.HOLD), tally=Tally(0, 0, 0, 0)),))).evidence[0]
    assert (empty.canary_rate, empty.stable_rate) == (None, None)


@pytest.mark.parametrize(
    ("status", "eta"),
    [
        (on_step(), 0.0),
        (on_step(weight_confirmed=NOW - 4), 6.0),
        (on_step(evidence=(row(Verdict.HOLD, needed=50, eta=20.0),)), 20.0),
        (on_step(evidence=(row(Verdict.HOLD, needed=50, eta=20.0), row(Verdict.HOLD, eta=25.0))), 25.0),
        (on_step(evidence=(row(Verdict.HOLD, eta=20.0), row(Verdict.PASS, eta=90.0))), 20.0),
        (on_step(evidence=(row(Verdict.HOLD, eta=20.0), row(Verdict.HOLD))), None),
        (on_step(weight_confirmed=NOW - 4, evidence=(row(Verdict.HOLD, eta=2.0),)), 6.0),
        (on_step(weight_confirmed=0.0), None),
        (on_step(held_by="ann"), None),
        (on_step(blind_since=NOW - 9), None),
        (on_step(idle_since=NOW - 9), None),
        (on_step(stalled="nobody may write the route"), None),
        (preparing(), None),
        (promoting(), None),
        (healthy(), None),
    ],
)
def test_how_long_a_step_still_takes(status: Status, eta: float | None) -> None:
    assert shown(status).eta == eta


def test_an_approval_is_missing_until_it_is_given() -> None:
    asks = (replace(STEPS[0], approval=True), *STEPS[1:])
    waiting, given = shown(on_step(), steps=asks), shown(on_step(approved_by="ann"), steps=asks)
    assert (waiting.approval_needed, waiting.missing, waiting.eta) == (True, ("approval",), None)
    assert (given.approval_needed, given.missing, given.eta) == (False, (), 0.0)


def test_off_the_steps_there_is_no_step() -> None:
    found = shown(healthy())
    assert (found.step, found.step_weight, found.missing, found.actor) == (0, 0, (), "")
    assert (shown(promoting()).step, shown(promoting()).missing) == (3, ())


def test_a_spec_that_cannot_be_understood_is_shown_with_its_problem() -> None:
    found = view("production", "forecast", None, on_step(stalled="older"), NOW, "spec.steps: is missing")
    assert (found.stalled, found.steps, found.step, found.eta) == ("spec.steps: is missing", 0, 0, None)


def test_json_is_plain_and_its_times_are_text() -> None:
    ended = Finished(NEW, "Promoted", NOW - 60, NOW, "because", "ann")
    status = on_step(evidence=(row(Verdict.HOLD),), journal=(LINE,), history=(ended,), rollback_until=0.0)
    found = json.loads(json.dumps(to_json(shown(status))))
    assert (found["phase"], found["observedWeight"], found["stepWeight"]) == ("Progressing", None, 10)
    assert (found["started"], found["rollbackUntil"]) == ("2023-11-14T22:12:40.000Z", "")
    assert found["evidence"][0]["canaryRequests"] == 100
    assert found["journal"][0]["weightTo"] == 10
    assert found["history"][0]["outcome"] == "Promoted"
    assert [each["type"] for each in found["conditions"]] == ["Ready", "Reconciling", "Stalled"]
    assert "lastTransitionTime" not in found["conditions"][0]
