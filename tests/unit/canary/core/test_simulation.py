"""A release played before anybody meets it ends as the real one would."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from canary.core.model import DriftRule, PredictionRule
from canary.core.scenarios import scenarios
from canary.core.simulation import End, Outcome, Service, Traffic, play, watched
from canary.core.spec import parse

from .build import manifest

if TYPE_CHECKING:
    from canary.core.model import Spec

GOOD = Service(errors=0.001, slow=0.002)
STEPS = [{"weight": 10, "hold": "60s"}, {"weight": 50, "hold": "60s"}, {"weight": 100}]
ALL_AT_ONCE = [{"weight": 100, "hold": "20s"}]
HOURS = 3 * 3600.0


def release(**fields: Any) -> Spec:
    return parse(manifest(**{"steps": STEPS} | fields))


def ends(
    spec: Spec,
    canary: Service = GOOD,
    *,
    rate: float = 100.0,
    scrape: float = 5.0,
    horizon: float = HOURS,
    runs: int = 10,
) -> list[End]:
    traffic = Traffic(rate, scrape, GOOD, canary)
    return [play(spec, traffic, horizon, Random(f"1/{run}").random) for run in range(runs)]


def ways(found: list[End]) -> dict[tuple[str, str], int]:
    return dict(Counter((end.outcome.value, end.cause) for end in found))


def test_a_canary_as_good_as_stable_is_promoted_when_its_holds_are_over() -> None:
    assert ways(ends(release(), runs=20)) == {("promoted", ""): 20}
    assert {(end.seconds, end.weight) for end in ends(release(), rate=1000.0)} == {(125.0, 100)}


def test_total_failure_always_goes_back_with_the_second_scrape_at_the_latest() -> None:
    found = ends(release(), Service(1.0, 0.002), runs=50)
    assert ways(found) == {("rolled back", "RuleFailed"): 50}
    assert max(end.seconds for end in found) <= 10
    assert {end.weight for end in found} == {10}


def test_the_split_is_checked_anew_after_every_step() -> None:
    steps = [{"weight": 50, "hold": "20m"}, {"weight": 100}]
    found = ends(release(steps=steps, budget={"risk": "10%"}), rate=1.0)
    assert ways(found) == {("promoted", ""): 10}
    assert min(end.seconds for end in found) >= 1200 + 10  # for 20 requests


def test_slow_answers_go_back_as_well() -> None:
    assert ways(ends(release(), Service(0.001, 0.2))) == {("rolled back", "RuleFailed"): 10}


def test_a_canary_worse_by_the_risk_margin_is_not_promoted() -> None:
    spec = release()
    margin = scenarios(spec.rules, GOOD)[1].canary
    assert margin == Service(GOOD.errors + spec.rules.risk, GOOD.slow)
    assert Outcome.PROMOTED not in {end.outcome for end in ends(spec, margin, rate=200, runs=20)}


def test_the_same_numbers_play_the_same_release() -> None:
    spec = release()
    assert ends(spec, Service(0.006, 0.002)) == ends(spec, Service(0.006, 0.002))
    assert len({end.seconds for end in ends(spec, Service(0.006, 0.002))}) > 3


def test_the_weight_decides_how_many_users_meet_a_bad_canary() -> None:
    small, large = release(), release(steps=[{"weight": 50, "hold": "60s"}, {"weight": 100}])
    for spec, share in ((small, 0.1), (large, 0.5)):
        (end,) = ends(spec, Service(1.0, 0.0), rate=2000, runs=1)
        assert end.bad / end.seconds == pytest.approx(2000 * share, rel=0.05)


def test_an_answer_that_is_late_and_wrong_is_bad_once() -> None:
    (end,) = ends(release(), Service(1.0, 1.0), rate=2000, runs=1)
    assert end.bad / end.seconds == pytest.approx(200, rel=0.05)


def test_a_late_error_is_late_for_the_rule_on_latency() -> None:
    spec = release(rules={"latency": {"within": "250ms", "for": "99%"}})
    assert ways(ends(spec, Service(1.0, 1.0))) == {("rolled back", "RuleFailed"): 10}
    assert ways(ends(spec, Service(1.0, 0.002))) == {("promoted", ""): 10}


def test_without_users_a_release_holds_until_its_deadline() -> None:
    assert ends(release(), rate=0.0, runs=1) == [End(Outcome.ROLLED_BACK, "Idle", 1860.0, 0, 10)]


def test_with_few_users_it_holds_beyond_the_deadline_while_evidence_comes_in() -> None:
    found = ends(release(progressDeadline="10m"), rate=1.0)
    assert "DeadlineExceeded" not in {end.cause for end in found}
    assert all(end.seconds > 660.0 for end in found)


def test_a_user_now_and_then_is_not_nobody() -> None:
    found = ends(release(progressDeadline="5m"), rate=0.1)
    assert ways(found) == {("undecided", ""): 10}


def test_a_spent_budget_for_bad_answers_needs_no_proof() -> None:
    found = ends(release(budget={"badAnswers": 1, "risk": "10%"}), Service(0.004, 0.0), runs=20)
    assert ("rolled back", "BudgetSpent") in ways(found)


def test_who_must_approve_does_so_at_once() -> None:
    asked = [{**STEPS[0], "approval": True}, *STEPS[1:]]
    assert ways(ends(release(steps=asked))) == {("promoted", ""): 10}


def test_a_release_in_one_step_has_to_keep_its_limits_alone() -> None:
    assert ways(ends(release(steps=ALL_AT_ONCE))) == {("promoted", ""): 10}
    assert ways(ends(release(steps=ALL_AT_ONCE), Service(0.2, 0.0))) == {("rolled back", "RuleFailed"): 10}


def test_what_is_not_decided_by_the_horizon_is_undecided() -> None:
    found = ends(release(), rate=1000.0, horizon=64.0)
    assert {(end.outcome, end.cause, end.seconds) for end in found} == {(Outcome.UNDECIDED, "", 60.0)}
    assert {end.weight for end in found} == {50}


@pytest.mark.parametrize("scrape", [1.0, 7.0, 300.0])
def test_any_distance_between_scrapes_will_do(scrape: float) -> None:
    assert {end.outcome for end in ends(release(), scrape=scrape, runs=3)} == {Outcome.PROMOTED}


def test_forecasts_are_taken_to_be_possible_and_drift_not_to_happen() -> None:
    spec = release()
    rules = replace(spec.rules, predictions=PredictionRule(0.01, 0.0), drift=DriftRule(0.2, rollback=True))
    spec = replace(spec, rules=rules)
    assert watched(spec).drift is None
    assert ways(ends(spec)) == {("promoted", ""): 10}
