"""What the controller writes into a status is what the definition declares: nothing is pruned in silence."""

import json

import pytest
from jsonschema import Draft202012Validator

from canary.core.artefacts import ARTEFACT, artefacts
from canary.core.checkpoint import pack
from canary.core.codec import status_from_json, status_to_json
from canary.core.conditions import conditions
from canary.core.evidence import begin, watch
from canary.core.margin import Tally
from canary.core.model import (
    ErrorRule,
    Evidence,
    Finished,
    JournalEntry,
    LatencyRule,
    Phase,
    Rules,
    Status,
    Step,
    Verdict,
    View,
)

from .charts import Manifest, closed, definitions, schema_of

ROW = Evidence(
    "errors",
    View.EDGE,
    Verdict.HOLD,
    Tally(400, 3, 3600, 7),
    "3 of 400 bad",
    needed=12,
    eta=1.5,
    warning=True,
)
WATCH = watch(Rules(ErrorRule(0.01, 0.0), LatencyRule(0.25, 0.99, 0.02), 0.99, 0.005), (Step(10), Step(100)))
ENTRY = JournalEntry(
    7, 1.0, 10, 25, Phase.PROGRESSING, "0123456789", "errors/edge", "3 of 400", "passed", "ann"
)
FULL = Status(
    phase=Phase.PROGRESSING,
    observed_generation=3,
    stable_revision="0123456789",
    canary_revision="abcdef0123",
    weight=25,
    observed_weight=24.6,
    step=1,
    started=1.0,
    progress_at=2.0,
    reason="25 % of users",
    stalled="spec.traffic.ingress: is missing",
    evidence=(ROW,),
    checkpoint=pack(WATCH, begin(WATCH), 2.0),
    journal=(ENTRY,),
    history=(Finished("0123456789", "Promoted", 1.0, 2.0, "evidence", "ann"),),
    replicas=2,
)


@pytest.fixture
def declared() -> Manifest:
    found: Manifest = closed(schema_of(definitions()["CanaryRelease"])["properties"]["status"])
    return found


def undeclared(schema: Manifest, status: Status) -> list[str]:
    written = json.loads(json.dumps(status_to_json(status, "forecast", [], 3.0)))
    return [error.message for error in Draft202012Validator(schema).iter_errors(written)]


@pytest.mark.parametrize("status", [FULL, Status()], ids=["in mid-release", "new"])
def test_every_field_of_a_status_is_declared(declared: Manifest, status: Status) -> None:
    assert undeclared(declared, status) == []


def test_the_artefacts_of_the_revisions_are_declared(declared: Manifest) -> None:
    template = {"metadata": {"annotations": {ARTEFACT: f"sha256:{'a' * 64}"}}}
    known = artefacts({"spec": {"template": template}}, FULL.canary_revision, FULL)
    assert list(known) == [FULL.canary_revision]
    assert list(Draft202012Validator(declared["properties"]["artefacts"]).iter_errors(known)) == []


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_is_declared(declared: Manifest, phase: Phase) -> None:
    assert undeclared(declared, Status(phase=phase)) == []


def test_a_field_that_would_be_pruned_is_noticed(declared: Manifest) -> None:
    del declared["properties"]["journal"]["items"]["properties"]["actor"]
    assert undeclared(declared, FULL) != []


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.HEALTHY])
def test_the_first_look_gives_every_condition_a_true_time(declared: Manifest, phase: Phase) -> None:
    seen = conditions(Status(phase=phase), declared["default"]["conditions"], 1_700_000_000.0)
    assert {each["lastTransitionTime"] for each in seen} == {"2023-11-14T22:13:20Z"}


def test_the_status_of_a_release_nobody_has_looked_at_can_be_read(declared: Manifest) -> None:
    assert status_from_json(declared["default"]) == Status()
