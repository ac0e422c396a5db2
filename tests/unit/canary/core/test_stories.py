"""Whole releases in a simulated cluster; the status goes through JSON before every look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canary.core.intents import pods_for
from canary.core.model import Phase, Verb

from .world import World, serving

if TYPE_CHECKING:
    from collections.abc import Callable

BAD = "service:bad"
GOOD = "service:good"


def last(world: World) -> str:
    return world.status.history[-1].outcome


def test_the_first_revision_takes_all_traffic_once_ready() -> None:
    world, old = serving()
    assert world.status.stable_revision == old
    assert world.weights == [0]
    assert world.status.history == ()


def test_a_good_release_is_promoted_step_by_step_and_no_user_notices() -> None:
    world, old = serving()
    new = world.upgrade(GOOD)
    world.run(300, until=Phase.HEALTHY)
    assert world.weights == [0, 10, 50, 100, 0]
    assert (world.status.stable_revision, world.status.previous_revision) == (new, old)
    assert last(world) == "Promoted"
    assert world.status.history[-1].reason == f"Revision {new} is promoted"
    assert world.unanswered == 0
    assert world.status.canary_route == world.status.stable_route == new


def test_a_good_release_at_200_requests_per_second_takes_at_most_90_seconds() -> None:
    steps = [{"weight": 10, "hold": "10s"}, {"weight": 25, "hold": "10s"}, {"weight": 50, "hold": "10s"}]
    world, old = serving(rate=200.0)
    begun = world.now
    world.upgrade(GOOD, steps=[*steps, {"weight": 100}])
    world.run(90, until=Phase.HEALTHY)
    assert world.weights == [0, 10, 25, 50, 100, 0]
    assert world.last_answer[old] - begun <= 60


def test_half_a_percent_of_errors_on_both_sides_is_no_reason_to_go_back() -> None:
    world, old = serving(rate=20.0)
    world.errors[old] = 0.005
    new = world.upgrade(GOOD)
    world.errors[new] = 0.005
    world.run(900, until=Phase.HEALTHY)
    assert last(world) == "Promoted"


def test_a_total_failure_goes_back_within_a_scrape_and_is_not_tried_again() -> None:
    world, old = serving(rate=50.0)
    new = world.upgrade(BAD)
    world.errors[new] = 1.0
    world.run_to_weight(10)
    first = world.now - 2.0
    world.run(60, until=Phase.ROLLED_BACK)
    assert world.weights == [0, 10, 0]
    assert world.last_answer[new] - first <= 8
    assert world.answers[new] <= 45
    assert world.status.rejected_revision == new
    world.run(120)
    assert world.weights == [0, 10, 0]
    assert world.status.phase is Phase.ROLLED_BACK
    assert world.status.stable_revision == old


def test_a_canary_that_turns_bad_late_goes_back_from_where_it_is() -> None:
    world, _ = serving()
    new = world.upgrade(GOOD)
    world.run_to_weight(50)
    world.errors[new] = 0.3
    world.run(60, until=Phase.ROLLED_BACK)
    assert max(world.weights) == 50
    assert world.status.journal[-2].rule.startswith("errors/")


def test_a_canary_that_fails_at_all_traffic_goes_back_before_stable_is_let_go() -> None:
    world, old = serving()
    new = world.upgrade(GOOD)
    world.run_to_weight(50)
    while world.status.weight != 100:
        world.run(0.1)
    world.errors[new] = 0.5
    world.run(60, until=Phase.ROLLED_BACK)
    assert world.status.stable_revision == world.selectors[0] == old
    assert world.unanswered == 0


def test_without_metrics_it_holds_goes_on_when_they_return_and_the_pause_costs_no_deadline() -> None:
    world, _ = serving()
    world.upgrade(GOOD, progressDeadline="60s")
    world.run_to_weight(10)
    world.metrics_up = False
    world.run(300)
    assert world.status.phase is Phase.PAUSED
    assert world.weights == [0, 10]
    assert world.status.reason.startswith("Blind since")
    world.metrics_up = True
    world.run(300, until=Phase.HEALTHY)
    assert last(world) == "Promoted"


def test_without_metrics_for_longer_than_the_budget_it_goes_back_as_blind() -> None:
    world, _ = serving()
    world.upgrade(GOOD, budget={"blind": "60s"})
    world.run_to_weight(10)
    world.metrics_up = False
    world.run(120, until=Phase.ROLLED_BACK)
    assert world.status.rollback_cause == "Blind"


def test_a_release_does_not_start_blind() -> None:
    world, _ = serving(metrics_up=False)
    world.upgrade(GOOD)
    world.run(120)
    assert world.weights == [0]


def test_without_users_it_holds_until_the_deadline_and_goes_back_as_idle() -> None:
    world, _ = serving(rate=0.0)
    world.upgrade(GOOD, progressDeadline="120s")
    world.run_to_weight(10)
    world.run(90)
    assert world.status.weight == 10
    world.run(120, until=Phase.ROLLED_BACK)
    assert world.status.rollback_cause == "Idle"
    assert max(world.weights) == 10


def test_a_proxy_that_ignores_the_weight_is_found_within_a_minute_and_never_trusted() -> None:
    world, _ = serving(rate=10.0, proxy_obeys=False)
    world.upgrade(GOOD)
    world.run_to_weight(10)
    world.run(60)
    assert "instead of 10 %" in world.status.reason
    world.run(70, until=Phase.ROLLED_BACK)
    assert world.status.rollback_cause == "SplitIgnored"
    assert max(world.weights) == 10


def test_a_proxy_that_follows_half_a_minute_late_is_forgiven_when_it_has_followed() -> None:
    world, _ = serving(rate=20.0, proxy_obeys=False)
    new = world.upgrade(GOOD)
    world.run_to_weight(10)
    world.run(25)
    assert "instead of 10 %" in world.status.reason
    world.proxy_obeys = True
    world.run(600, until=Phase.HEALTHY)
    assert (world.status.stable_revision, world.status.rollback_cause) == (new, "")


def test_pods_that_never_get_ready_hold_the_release_before_any_user() -> None:
    world, _ = serving()
    new = world.upgrade(BAD, progressDeadline="60s")
    world.loop()
    world.pods[new].broken = True
    world.run(30)
    assert world.status.reason == f"Revision {new} has 0 of 1 pods ready"
    world.run(60, until=Phase.ROLLED_BACK)
    assert world.status.rollback_cause == "DeadlineExceeded"
    assert world.weights == [0]


def test_restarts_of_the_canary_take_it_back() -> None:
    world, _ = serving()
    new = world.upgrade(BAD)
    world.run_to_weight(10)
    world.pods[new].restarts = 2
    world.run(2, until=Phase.ROLLING_BACK)
    assert world.status.rollback_cause == "CanaryRestarts"


def test_a_canary_pod_that_is_replaced_is_not_blamed_on_the_proxy() -> None:
    world, _ = serving()
    new = world.upgrade(GOOD)
    world.run_to_weight(10)
    world.pods[new].ready, world.pods[new].asked_at = 0, world.now + 20
    world.run(600, until=Phase.HEALTHY)
    assert last(world) == "Promoted"


def test_a_newer_template_in_mid_release_starts_over_against_the_same_stable() -> None:
    world, old = serving()
    first = world.upgrade(BAD)
    world.errors[first] = 0.02
    world.run_to_weight(10)
    newer = world.upgrade(GOOD)
    world.loop()
    assert world.status.weight == 0
    world.run(300, until=Phase.HEALTHY)
    assert world.weights == [0, 10, 0, 10, 50, 100, 0]
    assert [(each.revision, each.outcome) for each in world.status.history] == [
        (first, "Superseded"),
        (newer, "Promoted"),
    ]
    assert world.status.previous_revision == old
    assert world.unanswered == 0


def test_helm_rollback_in_mid_release_ends_it() -> None:
    world, old = serving()
    before = world.manifest
    world.upgrade(GOOD)
    world.run_to_weight(50)
    world.manifest = before
    world.loop()
    assert world.status.weight == 0
    world.run(20, until=Phase.HEALTHY)
    world.run(60)
    assert world.weights == [0, 10, 50, 0]
    assert (last(world), world.status.stable_revision) == ("Superseded", old)


@pytest.mark.parametrize("rate", [100.0, 4.0])
def test_a_proxy_that_is_cut_off_finds_the_pods_it_still_leads_users_to(rate: float) -> None:
    world, old = serving(rate=rate)
    before = world.manifest
    new = world.upgrade(GOOD)
    world.run_to_weight(10)
    world.proxy_connected = False
    world.manifest = before
    world.run(50)
    assert (world.weight, world.status.phase, world.pods[new].asked) == (0, Phase.ROLLING_BACK, 1)
    assert world.last_answer[new] > world.now - 5
    everybody_comes_back(world, new, old, Phase.HEALTHY)


def test_a_promotion_is_taken_back_while_the_proxy_is_cut_off_and_all_users_find_pods() -> None:
    world, old = serving()
    before = world.manifest
    new = world.upgrade(GOOD)
    world.run_to_weight(100)
    while world.weight:
        world.run(0.1)
    world.run(1)  # the proxy has followed: everybody comes to the new pods by the stable Service
    world.proxy_connected = False
    world.manifest = before
    world.run(50)
    assert (world.selectors[0], world.status.phase, world.pods[new].asked) == (old, Phase.ROLLING_BACK, 2)
    assert world.last_answer[old] < world.now - 45
    everybody_comes_back(world, new, old, Phase.HEALTHY)


def test_rollback_after_a_rejection_while_the_proxy_is_cut_off_leaves_nobody_without_pods() -> None:
    world, first = serving()
    second = world.upgrade(GOOD)
    world.run(300, until=Phase.HEALTHY)
    world.errors = {world.upgrade(BAD): 1.0}
    world.run(300, until=Phase.ROLLED_BACK)
    stays_with_its_pods(world, second)
    everybody_comes_back(world, second, first, Phase.ROLLED_BACK)


def test_rollback_and_the_old_template_while_the_proxy_is_cut_off_leave_nobody_without_pods() -> None:
    world, first = serving()
    before = world.manifest
    second = world.upgrade(GOOD)
    world.run(300, until=Phase.HEALTHY)
    stays_with_its_pods(world, second, before)
    everybody_comes_back(world, second, first, Phase.HEALTHY)


def stays_with_its_pods(world: World, revision: str, wanted: dict[str, Any] | None = None) -> None:
    """Order the way back from a revision with the proxy cut off for 50 s, and ask for a template then."""
    world.proxy_connected = False
    world.order(Verb.ROLLBACK, now=True)
    world.run(5)
    world.manifest = wanted or world.manifest
    world.run(45)
    assert world.selectors[0] != revision
    assert (world.status.phase, world.pods[revision].asked) == (Phase.ROLLING_BACK, 2)


def everybody_comes_back(world: World, left: str, stable: str, phase: Phase) -> None:
    """Let the proxy see the cluster again: the release ends, and no user has met pods that had gone."""
    world.connect_proxy()
    world.run(60, until=phase)
    world.run(10)
    assert (world.pods[left].asked, world.status.stable_revision, world.unanswered) == (0, stable, 0)


def test_a_proxy_that_is_cut_off_while_nobody_asks_has_half_a_minute_to_follow() -> None:
    world, _ = serving()
    before = world.manifest
    new = world.upgrade(GOOD)
    world.run_to_weight(10)
    world.proxy_connected, world.rate = False, 0.0
    world.manifest = before
    world.run(25)
    assert (world.status.phase, world.pods[new].asked) == (Phase.ROLLING_BACK, 1)
    world.connect_proxy()
    world.rate = 100.0
    world.run(60, until=Phase.HEALTHY)
    assert world.unanswered == 0


def test_a_foreign_weight_is_put_back_told_once_and_not_adopted() -> None:
    world, _ = serving()
    world.upgrade(GOOD)
    world.run_to_weight(10)
    world.set_weight(90, "kubectl-edit")
    world.loop()
    assert world.weight == 10
    assert [
        (each.weight_from, each.weight_to) for each in world.status.journal if each.rule == "foreign"
    ] == [(90, 10)]
    assert world.status.journal[-1].actor == "kubectl-edit"
    world.run(300, until=Phase.HEALTHY)
    assert last(world) == "Promoted"


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        pytest.param(lambda world, _: world.lose_route(), "The canary's route", id="route"),
        pytest.param(lambda world, _: world.lose_service(0), "Service forecast-stable", id="stable Service"),
        pytest.param(lambda world, _: world.lose_service(1), "Service forecast-canary", id="canary Service"),
        pytest.param(lambda world, old: world.scale(old, 0), "was scaled to 0", id="stable scaled"),
        pytest.param(
            lambda world, _: world.scale(world.status.canary_revision, 0), "scaled to 0", id="canary scaled"
        ),
        pytest.param(
            lambda world, _: world.pods.pop(world.status.canary_revision), "was removed", id="canary gone"
        ),
    ],
)
def test_what_somebody_removes_is_told_once_and_made_again(
    break_it: Callable[[World, str], Any], told: str
) -> None:
    world, old = serving()
    world.upgrade(GOOD)
    world.run_to_weight(10)
    weight, selectors = world.weight, world.selectors
    break_it(world, old)
    decision = world.loop()
    world.run(5)
    lost = [each for each in world.status.journal if each.rule == "lost"]
    assert [(each.weight_from, each.weight_to) for each in lost] == [(10, 10)]
    assert told in lost[0].reason
    assert [note.reason for note in decision.notes if note.warning] == ["ObjectLost"]
    assert (world.weight, world.selectors) == (weight, selectors)
    assert all(pods.asked for pods in world.pods.values())
    world.run(300, until=Phase.HEALTHY)
    assert last(world) == "Promoted"


def test_what_the_controller_itself_moves_is_no_loss() -> None:
    world, _ = serving()
    world.upgrade(GOOD)
    world.run(300, until=Phase.HEALTHY)
    world.order(Verb.ROLLBACK)
    world.run(30, until=Phase.ROLLED_BACK)
    world.upgrade("other:3")
    world.run(300, until=Phase.HEALTHY)
    assert not [each for each in world.status.journal if each.rule == "lost"]
    assert not [note for each in world.decisions for note in each.notes if note.reason == "ObjectLost"]


def test_rollback_inside_the_window_is_one_write_and_starts_no_pod() -> None:
    world, old = serving()
    new = world.upgrade(GOOD)
    world.run(300, until=Phase.HEALTHY)
    asked = world.pods[old].asked
    assert asked == 2
    assert world.order(Verb.ROLLBACK) == f"goes back to revision {old} as soon as its pods are ready"
    assert world.selectors[0] == old
    world.run(10, until=Phase.ROLLED_BACK)
    assert world.last_answer[new] < world.now - 1
    assert (world.status.stable_revision, world.status.rejected_revision) == (old, new)
    assert world.weights == [0, 10, 50, 100, 0]
    world.run(60)
    assert (world.status.phase, world.unanswered) == (Phase.ROLLED_BACK, 0)


def test_the_window_ends_and_the_old_pods_with_it_but_the_revision_is_kept() -> None:
    world, old = serving()
    world.upgrade(GOOD, rollbackWindow="30s")
    world.run(300, until=Phase.HEALTHY)
    world.run(40)
    assert world.pods[old].asked == 0
    assert world.status.rollback_until == 0


def test_rollback_after_the_window_is_a_release_of_the_kept_revision() -> None:
    world, old = serving()
    new = world.upgrade(GOOD, rollbackWindow="1s")
    world.run(300, until=Phase.HEALTHY)
    world.run(10)
    world.weights.clear()
    assert world.order(Verb.ROLLBACK) == f"releases revision {old} again, step by step"
    world.run(300, until=Phase.ROLLED_BACK)
    assert world.weights == [10, 50, 100, 0]
    assert (world.status.stable_revision, world.status.rejected_revision) == (old, new)
    world.run(60)
    assert (world.status.phase, world.unanswered) == (Phase.ROLLED_BACK, 0)


def test_rollback_now_after_the_window_waits_for_pods_and_skips_the_steps() -> None:
    world, old = serving()
    world.upgrade(GOOD, rollbackWindow="1s")
    world.run(300, until=Phase.HEALTHY)
    world.run(10)
    world.weights.clear()
    world.order(Verb.ROLLBACK, now=True)
    assert world.status.stable_revision != old
    world.run(20, until=Phase.ROLLED_BACK)
    assert (world.status.stable_revision, world.weights, world.unanswered) == (old, [], 0)


def test_a_failed_release_of_a_kept_revision_leaves_the_present_one_healthy() -> None:
    world, old = serving()
    new = world.upgrade(GOOD, rollbackWindow="1s")
    world.run(300, until=Phase.HEALTHY)
    world.run(10)
    world.errors[old] = 1.0
    world.order(Verb.ROLLBACK)
    world.run(60, until=Phase.HEALTHY)
    assert (world.status.stable_revision, last(world)) == (new, "RolledBack")


def test_retry_releases_the_rejected_revision_again() -> None:
    world, _ = serving()
    new = world.upgrade(BAD)
    world.errors[new] = 1.0
    world.run(60, until=Phase.ROLLED_BACK)
    world.errors[new] = 0.0
    assert world.order(Verb.RETRY) == f"revision {new} is released again"
    world.run(300, until=Phase.HEALTHY)
    assert world.status.stable_revision == new


def test_an_autoscaler_may_change_the_size_in_mid_release() -> None:
    world, old = serving()
    new = world.upgrade(GOOD)
    world.run_to_weight(10)
    world.manifest["spec"]["replicas"] = 6
    world.run_to_weight(50)
    assert world.pods[old].asked == 6
    assert world.pods[new].asked == pods_for(world.spec, 100) == 6
    world.manifest["spec"]["replicas"] = 3
    world.run(300, until=Phase.HEALTHY)
    assert world.pods[new].asked == 3
    assert world.unanswered == 0


def test_pause_holds_for_longer_than_the_deadline_and_rules_still_count() -> None:
    world, _ = serving()
    new = world.upgrade(GOOD, progressDeadline="60s")
    world.run_to_weight(10)
    assert world.order(Verb.PAUSE) == "paused at 10 %; rules still take it back"
    world.run(300)
    assert (world.status.phase, world.status.weight) == (Phase.PAUSED, 10)
    world.errors[new] = 1.0
    world.run(60, until=Phase.ROLLED_BACK)


def test_pause_and_resume() -> None:
    world, _ = serving()
    world.upgrade(GOOD, progressDeadline="60s")
    world.run_to_weight(10)
    world.order(Verb.PAUSE)
    world.run(300)
    assert world.order(Verb.RESUME) == "goes on at 10 %"
    world.run(300, until=Phase.HEALTHY)
    assert last(world) == "Promoted"


def test_an_approval_is_asked_for_when_all_else_is_there_and_given_by_promote() -> None:
    steps = [{"weight": 10, "hold": "10s", "approval": True}, {"weight": 100}]
    world, _ = serving()
    world.upgrade(GOOD, steps=steps)
    world.run(120, until=Phase.PAUSED)
    assert world.status.reason == "Waits for approval at 10 %: canary promote forecast"
    world.order(Verb.PROMOTE)
    assert world.status.weight == 100
    assert world.status.journal[-1].actor == "ann"
    world.run(60, until=Phase.HEALTHY)


def test_promote_leaves_a_step_without_evidence_but_on_record() -> None:
    world, _ = serving(rate=0.0)
    world.upgrade(GOOD)
    world.run_to_weight(10)
    world.order(Verb.PROMOTE)
    world.run_to_weight(50)
    assert world.weights == [0, 10, 50]
    world.run(60)
    assert world.weights == [0, 10, 50]


def test_promote_full_skips_all_that_is_left() -> None:
    world, _ = serving(rate=0.0)
    world.upgrade(GOOD)
    world.run_to_weight(10)
    world.order(Verb.PROMOTE, full=True)
    world.run(60, until=Phase.HEALTHY)
    assert world.weights == [0, 10, 50, 100, 0]


def test_abort_takes_everybody_back_in_the_same_look() -> None:
    world, old = serving()
    new = world.upgrade(GOOD)
    world.run_to_weight(50)
    assert world.order(Verb.ABORT) == f"all traffic goes back to revision {old}"
    assert world.weight == 0
    ordered = world.now
    world.run(10, until=Phase.ROLLED_BACK)
    assert world.last_answer[new] - ordered <= 1
    assert (last(world), world.status.history[-1].actor) == ("Aborted", "ann")


def test_a_single_step_of_all_traffic_needs_evidence_before_stable_is_let_go() -> None:
    world, old = serving()
    new = world.upgrade(GOOD, steps=[{"weight": 100, "hold": "5s"}])
    world.run(30, until=Phase.PROGRESSING)
    world.run(3)
    assert world.status.stable_route == old
    world.run(60, until=Phase.HEALTHY)
    assert world.status.stable_revision == new


@pytest.mark.parametrize("seconds", [0.5, 7.0, 14.0, 24.0, 40.0])
def test_the_canary_route_gone_at_any_time_is_made_again_and_the_release_ends_well(seconds: float) -> None:
    world, _ = serving()
    world.upgrade(GOOD)
    world.run(seconds)
    world.weight = None
    world.run(300, until=Phase.HEALTHY)
    assert last(world) == "Promoted"
    assert world.unanswered == 0
