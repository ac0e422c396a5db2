from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

import pytest

from canary.adapters.calls import Call, Outcome, Question
from canary.adapters.telemetry import PrometheusTelemetry
from canary.core.margin import Tally
from canary.core.model import (
    Decision,
    Evidence,
    Note,
    Observation,
    Phase,
    RouteState,
    ServiceState,
    Status,
    Verdict,
    View,
)

if TYPE_CHECKING:
    from canary.ports import Release

SEEN = Observation({}, ServiceState(), ServiceState(), RouteState(10))
ROW = Evidence(
    "errors", View.EDGE, Verdict.HOLD, Tally(80, 2, 920, 0), "", needed=40, against=1.5, proof=log(20)
)
RUNNING = Status(
    phase=Phase.PROGRESSING,
    stable_revision="aaaa",
    canary_revision="bbbb",
    weight=10,
    observed_weight=9.8,
    checkpoint={},
    evidence=(ROW,),
)


def figures(telemetry: PrometheusTelemetry, name: str) -> dict[tuple[str, ...], float]:
    """The samples of a name: own label values, in the order of their names, to value."""
    return {
        tuple(value for label, value in sorted(sample.labels.items()) if not label.startswith("release")): (
            sample.value
        )
        for family in telemetry.registry.collect()
        for sample in family.samples
        if sample.name == name
    }


@pytest.fixture
def telemetry() -> PrometheusTelemetry:
    return PrometheusTelemetry()


def look(telemetry: PrometheusTelemetry, release: Release, status: Status, seen: Observation = SEEN) -> None:
    telemetry.decided(release, seen, Decision(status, 1.0))


def test_a_running_release_shows_phase_revisions_and_three_weights(
    telemetry: PrometheusTelemetry, release: Release
) -> None:
    look(telemetry, release, RUNNING)
    page = telemetry.page().decode()
    for line in (
        'canary_release_phase{phase="Progressing",release="web",release_namespace="shop"} 1.0',
        'canary_release_info{canary="bbbb",release="web",release_namespace="shop",stable="aaaa"} 1.0',
        'canary_release_weight_asked{release="web",release_namespace="shop"} 10.0',
        'canary_release_weight_set{release="web",release_namespace="shop"} 10.0',
        'canary_release_weight_seen{release="web",release_namespace="shop"} 9.8',
    ):
        assert line in page


def test_the_evidence_is_laid_beside_its_boundary(telemetry: PrometheusTelemetry, release: Release) -> None:
    look(telemetry, release, RUNNING)
    rule = ("errors", "edge")
    assert figures(telemetry, "canary_release_evidence_boundary") == {(): pytest.approx(log(100))}
    assert figures(telemetry, "canary_release_evidence_against") == {rule: 1.5}
    assert figures(telemetry, "canary_release_evidence_missing") == {rule: pytest.approx(log(5))}
    assert figures(telemetry, "canary_release_requests_missing") == {rule: 40}
    assert figures(telemetry, "canary_release_verdict") == {rule: 1}
    assert figures(telemetry, "canary_release_requests") == {
        ("errors", "canary", "edge"): 80,
        ("errors", "stable", "edge"): 920,
    }
    assert figures(telemetry, "canary_release_bad_share") == {
        ("errors", "canary", "edge"): 0.025,
        ("errors", "stable", "edge"): 0,
    }


def test_what_containers_use_is_a_verdict_and_no_evidence(
    telemetry: PrometheusTelemetry, release: Release
) -> None:
    full = replace(ROW, rule="memory", view=View.APPLICATION, verdict=Verdict.FAIL)
    look(telemetry, release, replace(RUNNING, evidence=(full,)))
    assert figures(telemetry, "canary_release_verdict") == {("memory", "application"): Verdict.FAIL}
    assert figures(telemetry, "canary_release_requests_missing") == {}
    assert figures(telemetry, "canary_release_requests") == {}


def test_what_no_longer_holds_has_no_series(telemetry: PrometheusTelemetry, release: Release) -> None:
    look(telemetry, release, replace(RUNNING, blind_since=7.0))
    look(telemetry, release, replace(RUNNING, phase=Phase.HEALTHY, observed_weight=None, checkpoint=None))
    assert figures(telemetry, "canary_release_phase") == {("Healthy",): 1}
    for name in ("weight_seen", "since_timestamp_seconds", "evidence_against", "bad_share"):
        assert figures(telemetry, f"canary_release_{name}") == {}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"blind_since": 7.0}, {"blind": 7.0}),
        ({"idle_since": 7.0, "unready_since": 8.0}, {"idle": 7.0, "unready": 8.0}),
        ({"split_off_since": 7.0}, {"split": 7.0}),
        ({"phase": Phase.PAUSED, "paused_since": 7.0}, {"unapproved": 7.0}),
        ({"phase": Phase.PAUSED, "paused_since": 7.0, "held_by": "ann"}, {"held": 7.0}),
        ({"phase": Phase.PAUSED, "paused_since": 7.0, "blind_since": 6.0}, {"blind": 6.0}),
    ],
    ids=["blind", "idle and unready", "split", "unapproved", "held", "paused by blindness"],
)
def test_a_clock_that_runs_says_since_when(
    telemetry: PrometheusTelemetry, release: Release, status: dict[str, object], expected: dict[str, float]
) -> None:
    look(telemetry, release, replace(RUNNING, **status))  # type: ignore[arg-type]
    found = figures(telemetry, "canary_release_since_timestamp_seconds")
    assert found == {(state,): since for state, since in expected.items()}


@pytest.mark.parametrize(
    ("seen", "understood", "reason"),
    [
        (SEEN, False, "Spec"),
        (replace(SEEN, problem="forbidden"), True, "Refused"),
        (replace(SEEN, problem="journal", unrecorded=True), True, "Journal"),
        (replace(SEEN, route=RouteState(problem="no such Ingress")), True, "Route"),
    ],
    ids=["Spec", "Refused", "Journal", "Route"],
)
def test_a_stalled_release_says_by_what_kind_of_trouble(
    telemetry: PrometheusTelemetry, release: Release, seen: Observation, reason: str, *, understood: bool
) -> None:
    stored = release if understood else replace(release, spec=None)
    look(telemetry, stored, replace(RUNNING, stalled="some words"), seen)
    assert figures(telemetry, "canary_release_stalled") == {(reason,): 1}


def test_a_release_that_went_back_says_why_until_the_next_one(
    telemetry: PrometheusTelemetry, release: Release
) -> None:
    look(telemetry, release, replace(RUNNING, phase=Phase.ROLLED_BACK, rollback_cause="RuleFailed"))
    assert figures(telemetry, "canary_release_rolled_back") == {("RuleFailed",): 1}
    look(telemetry, release, replace(RUNNING, rollback_cause=""))
    assert figures(telemetry, "canary_release_rolled_back") == {}


def test_decisions_are_counted_by_reason(telemetry: PrometheusTelemetry, release: Release) -> None:
    notes = (Note("WeightChanged", "on"), Note("Ordered", "pause"))
    for told in (notes, notes[:1]):
        telemetry.decided(release, SEEN, Decision(RUNNING, 1.0, notes=told))
    assert figures(telemetry, "canary_decisions_total") == {("WeightChanged",): 2, ("Ordered",): 1}


def test_nothing_is_left_of_a_forgotten_release(telemetry: PrometheusTelemetry, release: Release) -> None:
    other = replace(release, namespace="other")
    for each in (release, other):
        telemetry.decided(each, SEEN, Decision(RUNNING, 1.0, notes=(Note("Ordered", "pause"),)))
    telemetry.forgotten("shop/web")
    page = telemetry.page().decode()
    assert 'release_namespace="shop"' not in page
    assert 'release_namespace="other"' in page


def test_loops_calls_and_queries_are_counted(telemetry: PrometheusTelemetry) -> None:
    telemetry.looped(0.02, "conflict")
    telemetry.late(0.3)
    telemetry.called(Call("apply", "ingresses", "409", 0.01))
    telemetry.asked(Question(Outcome.ANSWERED, 0.05, 120))
    telemetry.leads(now=True)
    telemetry.watch(lambda: {"due": 3})
    page = telemetry.page().decode()
    for line in (
        'canary_loop_failures_total{kind="conflict"} 1.0',
        "canary_loop_seconds_count 1.0",
        'canary_loop_lag_seconds_bucket{le="0.25"} 0.0',
        'canary_loop_lag_seconds_bucket{le="0.5"} 1.0',
        'canary_api_requests_total{code="409",kind="ingresses",verb="apply"} 1.0',
        'canary_api_request_seconds_count{kind="ingresses",verb="apply"} 1.0',
        'canary_metrics_queries_total{outcome="answered"} 1.0',
        "canary_metrics_query_seconds_count 1.0",
        "canary_metrics_samples_total 120.0",
        "canary_leader 1.0",
        'canary_queue_releases{state="due"} 3.0',
    ):
        assert line in page
