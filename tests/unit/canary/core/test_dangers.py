"""What takes a release back, and what it waits for, one condition at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from canary.core.decide import decide, stall
from canary.core.model import (
    Counts,
    Decision,
    JournalEntry,
    Observation,
    Pair,
    Phase,
    ResourceRule,
    Route,
    RouteState,
    ServiceState,
    Status,
    Verdict,
    View,
)
from canary.core.moves import raise_to
from canary.core.tick import Tick

from .build import (
    EDGES,
    NEW,
    NOW,
    OLD,
    SETTLE,
    STEPS,
    answers,
    both,
    healthy,
    look,
    on_step,
    pods,
    preparing,
    promoting,
    reading,
    rolled_back,
    rolling_back,
    spec_of,
)


def decided(status: Status, seen: Observation | None = None, now: float = NOW, **spec: Any) -> Decision:
    return decide(spec_of(NEW, **spec), status, seen or look(status.weight), now, SETTLE)


def after(status: Status, seen: Observation | None = None, **spec: Any) -> Status:
    return decided(status, seen, **spec).status


FAILING = reading(Counts(100, 100), Counts(900))
NEW_STABLE = ServiceState(NEW, settled=True)


@pytest.mark.parametrize(
    "status",
    [
        on_step(),
        on_step(weight_confirmed=0.0),
        on_step(phase=Phase.PAUSED, held_by="ann", paused_since=NOW - 5),
        on_step(50, step=1, full=True, skipped_by="ann"),
        promoting(),
        promoting(stable_route=NEW),
    ],
    ids=["progressing", "unconfirmed", "paused", "ordered", "promoting", "promoting with stable moved"],
)
def test_a_failed_rule_takes_all_users_back_in_the_next_decision(status: Status) -> None:
    found = after(status, look(status.weight, reading=FAILING))
    assert (found.phase, found.weight, found.stable_route) == (Phase.ROLLING_BACK, 0, OLD)
    assert (found.rollback_cause, found.journal[-1].rule) == ("RuleFailed", "errors/edge")
    assert found.journal[-1].numbers.startswith("100 of 100 bad, stable 0 of 900")
    assert found.weight_confirmed == 0


@pytest.mark.parametrize(
    ("restarts", "base", "unready", "back"),
    [
        (1, 0, 0.0, False),
        (2, 0, 0.0, True),
        (5, 4, 0.0, False),
        (1, 0, NOW - 29, False),
        (1, 0, NOW - 30, True),
    ],
)
def test_restarts(restarts: int, base: int, unready: float, back: bool) -> None:  # noqa: FBT001
    ready = 0 if unready else 2
    seen = look(10, revisions={OLD: pods(OLD), NEW: pods(NEW, ready, restarts=restarts)})
    found = after(on_step(base_restarts=base, unready_since=unready), seen)
    assert (found.rollback_cause == "CanaryRestarts") is back
    assert (found.weight == 0) is back


@pytest.mark.parametrize(
    ("allowed", "restarts", "unready", "back"),
    [
        pytest.param(0, 0, 0.0, False, id="none"),
        pytest.param(0, 1, 0.0, True, id="one where none is tolerated, at once"),
        pytest.param(3, 3, NOW - 30, False, id="as many as are tolerated, ready or not"),
        pytest.param(3, 4, 0.0, True, id="one more"),
    ],
)
def test_an_operator_may_say_how_many_restarts_are_too_many(
    allowed: int,
    restarts: int,
    unready: float,
    back: bool,  # noqa: FBT001
) -> None:
    rules = replace(spec_of().rules, resources=ResourceRule(restarts=allowed))
    ready = 0 if unready else 2
    seen = look(10, revisions={OLD: pods(OLD), NEW: pods(NEW, ready, restarts=restarts)})
    found = after(on_step(unready_since=unready), seen, rules=rules)
    assert (found.rollback_cause == "CanaryRestarts") is back


@pytest.mark.parametrize(
    ("rule", "base"), [(None, 3), (ResourceRule(memory=0.9), 3), (ResourceRule(restarts=5), 1)]
)
def test_an_operators_number_of_restarts_counts_from_the_first_user_on(
    rule: ResourceRule | None, base: int
) -> None:
    spec = spec_of(rules=replace(spec_of().rules, resources=rule))
    seen = look(10, revisions={OLD: pods(OLD), NEW: pods(NEW, 2, restarts=3)})
    raised = raise_to(Tick(spec, seen, NOW, SETTLE), on_step(base_restarts=1), 1)
    assert raised.base_restarts == base


def test_restarts_of_pods_that_are_gone_are_forgotten() -> None:
    assert after(on_step(base_restarts=4, held_by="ann")).base_restarts == 0


@pytest.mark.parametrize(("since", "back"), [(NOW - 59, False), (NOW - 60, True)])
def test_a_wrong_split_is_held_for_a_minute_then_taken_back(since: float, back: bool) -> None:  # noqa: FBT001
    found = after(on_step(split_off_since=since), look(10, reading=reading(weight=60)))
    assert found.weight == (0 if back else 10)
    assert (found.rollback_cause == "SplitIgnored") is back


def test_a_split_that_came_right_again_is_forgiven() -> None:
    assert after(on_step(split_off_since=NOW - 70, held_by="ann")).split_off_since == 0


def test_the_split_is_not_judged_while_the_canary_has_no_pod() -> None:
    seen = look(10, reading=reading(weight=60), revisions={OLD: pods(OLD), NEW: pods(NEW, 0)})
    found = after(on_step(), seen)
    assert (found.split_off_since, found.settled_since, found.unready_since) == (0, 0, NOW)


@pytest.mark.parametrize(
    ("since", "phase", "reason"),
    [
        (NOW - 5, Phase.PROGRESSING, "Waits for an answer of the metrics store"),
        (NOW - 10, Phase.PAUSED, "Blind since 22:13:10 UTC: the metrics store gives no answer"),
        (
            NOW - 900,
            Phase.ROLLING_BACK,
            "The metrics store gave no answer for 900 s, the budget for being blind",
        ),
    ],
)
def test_blind_for_a_moment_for_longer_and_for_too_long(since: float, phase: Phase, reason: str) -> None:
    found = after(on_step(blind_since=since), look(10, reading=None))
    assert (found.phase, found.reason) == (phase, reason)


def test_an_old_sample_is_as_good_as_none() -> None:
    stale = replace(reading(), latest=NOW - 61)
    first = after(on_step(), look(10, reading=stale))
    found = after(on_step(blind_since=NOW - 10), look(10, reading=stale))
    assert (first.weight, first.blind_since, found.weight) == (10, NOW, 10)
    assert found.reason.endswith("has no sample of the last 60 s")


def test_a_store_without_any_sample_is_idle_not_blind() -> None:
    empty = replace(reading(), latest=0.0, step={}, recent={}, split=Pair(), edges={})
    found = after(on_step(), look(10, reading=empty))
    assert (found.blind_since, found.idle_since) == (0, NOW)
    assert found.reason.startswith("Idle: no user request reaches the canary since")


@pytest.mark.parametrize(
    ("idle", "cause"), [(NOW - 1800, "Idle"), (0.0, "DeadlineExceeded")], ids=["idle", "otherwise"]
)
def test_the_deadline_names_what_was_lacking(idle: float, cause: str) -> None:
    late = on_step(progress_at=NOW - 1810, idle_since=idle, weight_confirmed=NOW - 1810)
    few = reading(Counts(0 if idle else 50), Counts(900))
    lacking = {OLD: pods(OLD, created=1.0), NEW: pods(NEW, ready=0, created=2.0)}
    found = after(late, look(10, reading=few, revisions=lacking))
    assert (found.phase, found.rollback_cause) == (Phase.ROLLING_BACK, cause)


def test_a_way_back_that_still_had_users_is_emptied_first() -> None:
    found = after(replace(rolling_back(), weight=50, weight_confirmed=NOW - 60), look(50))
    assert (found.phase, found.weight, found.journal[-1].weight_from) == (Phase.ROLLING_BACK, 0, 50)


def test_a_minute_without_users_after_a_long_wait_is_not_the_end() -> None:
    late = on_step(progress_at=NOW - 9000, idle_since=NOW - 61, weight_confirmed=NOW - 9000)
    assert after(late, look(10, reading=reading(Counts(0), Counts(900)))).phase is Phase.PROGRESSING


def test_evidence_that_still_comes_in_meets_no_deadline() -> None:
    late = on_step(progress_at=NOW - 9000, weight_confirmed=NOW - 9000)
    found = after(late, look(10, reading=reading(answers(50), answers(900))))
    assert (found.phase, found.weight) == (Phase.PROGRESSING, 10)
    assert "needs about" in found.reason


def test_the_hold_of_a_step_is_no_lack_of_progress() -> None:
    late = on_step(progress_at=NOW - 2000, weight_confirmed=NOW - 2000)
    long = (replace(STEPS[0], hold=7200.0), *STEPS[1:])
    assert after(late, steps=long).reason.startswith("Holds 10 % until")


def test_a_pause_is_not_held_against_the_deadline() -> None:
    held = on_step(phase=Phase.PAUSED, held_by="ann", paused_since=NOW - 4000, progress_at=NOW - 4010)
    still = after(held)
    going_on = after(replace(held, held_by=""), look(10, reading=reading(Counts(50), Counts(900))))
    assert still.phase is Phase.PAUSED
    assert (going_on.phase, going_on.paused_since, going_on.progress_at) == (Phase.PROGRESSING, 0, NOW - 10)


# --- waits ----------------------------------------


@pytest.mark.parametrize(
    ("counted", "reason"),
    [(19, "Waits for 54 more requests at the edge"), (20, "HOLD errors/edge")],
    ids=["too few to say anything", "as many as the window will ever hold"],
)
def test_where_hardly_anybody_comes_the_check_makes_do_with_the_longest_window(
    counted: int, reason: str
) -> None:
    since = NOW - 900
    slow = on_step(weight_confirmed=since, settled_since=since, exposed_at=since)
    few = replace(reading(Counts(1), Counts(9)), split=Pair(Counts(2), Counts(counted - 2)))
    assert after(slow, look(10, reading=few)).reason.startswith(reason)


@pytest.mark.parametrize(
    ("status", "seen", "reason"),
    [
        (on_step(), look(10, route=RouteState(10, problem="no Ingress")), "Stalled: no Ingress"),
        (on_step(), look(10, problem="forbidden"), "Stalled: forbidden"),
        (on_step(), look(None), "Waits until the route carries 10 %"),
        (on_step(weight_confirmed=NOW - 9), look(10), "Holds 10 % until 22:13:21 UTC"),
        (
            on_step(settled_since=0.0),
            look(10),
            "Waits for 73 more requests at the edge to check that 10 % reach the canary",
        ),
        (
            on_step(exposed_at=NOW - 500),
            look(10, reading=replace(reading(Counts(2), Counts(28)), split=Pair(Counts(1), Counts(18)))),
            (
                "Waits for 54 more requests at the edge to check that 10 % reach the canary, about 108 s at"
                " 0.5 requests/s"
            ),
        ),
        (
            on_step(idle_since=NOW - 20),
            look(10, reading=replace(reading(Counts(), Counts(3)), split=Pair(Counts(), Counts(3)))),
            (
                "Idle: no user request reaches the canary since 22:13:00 UTC; needs 70 more requests at the"
                " edge to check that 10 % reach the canary, about 700 s at 0.1 requests/s"
            ),
        ),
        (
            on_step(weight_confirmed=NOW - 9, exposed_at=NOW),
            look(10, reading=replace(reading(), split=Pair())),
            "Waits for 73 more requests at the edge to check that 10 % reach the canary",
        ),
        (
            on_step(),
            look(10, reading=reading(Counts(60), Counts(900))),
            (
                "HOLD errors/edge: 0 of 60 bad, stable 0 of 900: needs about 697 more canary requests to"
                " exclude 1 % more than stable"
            ),
        ),
        (
            on_step(),
            look(10, revisions={OLD: pods(OLD), NEW: pods(NEW, 0, problem="ImagePullBackOff")}),
            f"Revision {NEW} has 0 of 1 pods ready: ImagePullBackOff",
        ),
    ],
)
def test_what_a_step_waits_for(status: Status, seen: Observation, reason: str) -> None:
    found = after(status, seen)
    if "0 of 1" in reason:  # the split cannot be known either, so the pods come first only when ordered
        found = after(replace(status, skipped_by="ann"), seen)
    assert (found.weight, found.reason) == (10, reason)


def test_a_step_without_rules_that_were_judged_waits() -> None:
    spec = spec_of(NEW)
    none = replace(spec.rules, errors=None, latency=None)
    assert after(on_step(), rules=none).reason == "Waits for the first evidence"


def test_a_latency_limit_that_is_no_edge_names_the_edges() -> None:
    odd = replace(spec_of().rules, errors=None, latency=replace(spec_of().rules.latency, within=0.3))  # type: ignore[type-var]
    found = after(on_step(), rules=odd)
    assert found.reason.startswith("ERROR latency/edge: spec.rules.latency.within: 0.3 s is no bucket edge")
    assert found.reason.endswith("choose one of 0.1, 0.25, 0.5 s")


def test_a_histogram_that_was_not_seen_yet_holds() -> None:
    unseen = replace(reading(), edges={})
    found = after(on_step(), look(10, reading=unseen))
    assert found.reason == "HOLD latency/edge: no latency histogram has been seen yet"


def test_nothing_counts_for_the_canary_before_the_weight_was_seen_by_the_look_before() -> None:
    found = after(
        on_step(weight_confirmed=0.0, skipped_by=""), steps=(replace(STEPS[0], hold=0.0), *STEPS[1:])
    )
    assert (found.weight, found.weight_confirmed) == (10, NOW)
    assert {each.verdict for each in found.evidence} == {Verdict.HOLD}


def test_the_first_share_waits_for_a_sample_after_the_release_before() -> None:
    early = preparing(weight_confirmed=NOW - 20)
    assert after(early, look(0, reading=replace(reading(), latest=NOW - 21))).reason == (
        "Waits for a sample that ends the count of the release before"
    )
    assert after(early, look(0, reading=replace(reading(), latest=0.0))).weight == 10


def test_the_canary_service_moves_only_when_the_proxy_follows_weight_0() -> None:
    waiting = preparing(canary_route=OLD, weight_confirmed=NOW - SETTLE / 2)
    seen = look(0, canary=OLD)
    assert after(waiting, seen).canary_route == OLD
    moved = after(replace(waiting, weight_confirmed=NOW - SETTLE), seen)
    assert (moved.canary_route, moved.weight, moved.settled_since) == (NEW, 0, 0)


def test_the_first_share_waits_until_the_proxy_knows_the_pods() -> None:
    assert after(preparing(settled_since=NOW - SETTLE / 2)).weight == 0
    assert after(preparing(settled_since=NOW - SETTLE)).weight == 10


def test_the_first_revision_waits_for_its_pods_its_service_and_its_route() -> None:
    first = Status(phase=Phase.PREPARING, stable_revision=NEW, stable_route=NEW, canary_route=NEW)
    ready = look(None, stable=NEW_STABLE, revisions={NEW: pods(NEW)})
    lacking = look(None, stable=NEW_STABLE, revisions={NEW: pods(NEW, 1)})
    stalled = replace(ready, route=RouteState(None, problem="no Ingress"))
    assert after(first, lacking).reason == f"Revision {NEW} has 1 of 2 pods ready"
    assert after(first, stalled).reason == "Stalled: no Ingress"
    assert after(first, ready).reason.startswith("Waits until the stable Service")
    settled = after(replace(first, settled_since=NOW - 1), ready)
    assert (settled.phase, settled.journal[-1].reason) == (
        Phase.HEALTHY,
        f"Revision {NEW} serves all traffic",
    )


# --- promotion ----------------------------------------


def test_the_stable_service_is_let_go_when_all_users_are_seen_on_the_canary() -> None:
    found = after(promoting())
    assert (found.phase, found.weight, found.stable_route, found.stable_revision) == (
        Phase.PROMOTING,
        100,
        NEW,
        OLD,
    )


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (look(50), "Waits until the route carries 100 %"),
        (
            look(100, reading=reading(weight=90)),
            "The proxy sends the canary 90 % of the requests instead of 100 %",
        ),
        (
            look(100, reading=replace(reading(weight=100), split=Pair())),
            "Waits for 20 more requests at the edge",
        ),
        (look(100, reading=None), "Waits for an answer of the metrics store"),
        (look(100, problem="forbidden"), "Stalled"),
    ],
)
def test_what_the_flip_waits_for(seen: Observation, reason: str) -> None:
    found = after(promoting(), seen)
    assert (found.phase, found.weight, found.stable_route) == (Phase.PROMOTING, 100, OLD)
    assert found.reason.startswith(reason)


def test_the_hold_of_the_last_step_is_kept() -> None:
    long = (*STEPS[:2], replace(STEPS[2], hold=60.0))
    assert after(promoting(), steps=long).stable_route == OLD


@pytest.mark.parametrize("changes", [{"skipped_by": "ann"}, {"idle_since": NOW - 5}], ids=["ordered", "idle"])
def test_without_users_the_flip_needs_no_requests(changes: dict[str, Any]) -> None:
    nobody = reading(Counts(), Counts(), weight=100)
    found = after(promoting(**changes), look(100, reading=replace(nobody, split=Pair())))
    assert found.stable_route == NEW


def test_the_canary_route_ends_when_the_stable_service_has_the_new_pods() -> None:
    moved = promoting(stable_route=NEW)
    waiting = after(moved, look(100))
    ended = after(moved, look(100, stable=NEW_STABLE))
    assert (waiting.weight, ended.weight, ended.stable_route) == (100, 0, NEW)
    assert (ended.journal[-1].weight_from, ended.journal[-1].weight_to) == (100, 0)


def closing(**fields: Any) -> Status:
    return promoting(**{"weight": 0, "stable_route": NEW} | fields)


def silent(stable: int = 0) -> Observation:
    return look(
        0, stable=NEW_STABLE, reading=replace(reading(), step=both(Counts(9), Counts(stable)), recent={})
    )


def test_a_release_ends_when_the_old_revision_is_silent() -> None:
    found = after(closing(), silent())
    assert (found.phase, found.stable_revision, found.previous_revision) == (Phase.HEALTHY, NEW, OLD)
    assert (found.rollback_until, found.canary_revision, found.canary_route) == (NOW + 600, "", NEW)
    assert found.history[-1].outcome == "Promoted"


def test_a_release_ends_when_the_old_revision_was_silent_for_the_last_minute() -> None:
    assert after(closing(), silent(stable=7)).phase is Phase.HEALTHY


@pytest.mark.parametrize(
    ("status", "seen", "reason"),
    [
        (
            closing(weight_confirmed=NOW - 0.5),
            silent(),
            "Waits until the proxy has followed the weight of 0 %",
        ),
        (closing(), look(0, stable=NEW_STABLE), f"Waits until revision {OLD} gets no more requests"),
        (
            closing(),
            replace(silent(), reading=replace(reading(), latest=NOW - 20, step={})),
            f"Waits until revision {OLD} gets no more requests",
        ),
        (closing(), replace(silent(), reading=None), "Waits for the metrics store to say"),
    ],
)
def test_what_the_end_of_a_promotion_waits_for(status: Status, seen: Observation, reason: str) -> None:
    found = after(status, seen)
    assert (found.phase, found.stable_revision) == (Phase.PROMOTING, OLD)
    assert found.reason.startswith(reason)


def test_an_old_revision_that_is_never_silent_does_not_undo_a_promotion() -> None:
    found = after(closing(progress_at=NOW - 1800), look(0, stable=NEW_STABLE))
    assert found.phase is Phase.HEALTHY


def test_blindness_does_not_keep_a_promotion_from_ending() -> None:
    blind = replace(silent(), reading=None)
    assert after(closing(weight_confirmed=NOW - 30, blind_since=NOW - 5000), blind).phase is Phase.HEALTHY


def test_nothing_rises_while_the_route_has_a_problem_and_the_stall_is_told_once() -> None:
    first = decided(on_step(), look(10, route=RouteState(10, problem="no Ingress")))
    second = decided(first.status, look(10, route=RouteState(10, problem="no Ingress")))
    assert [(each.reason, each.warning) for each in first.notes] == [("Stalled", True)]
    assert second.notes == ()
    assert decided(second.status).status.stalled == ""


def test_a_weight_that_the_proxy_has_not_taken_in_is_not_confirmed_and_nothing_rises() -> None:
    waiting = RouteState(10, pending="Gateway entry has not taken it in")
    seen = decided(on_step(), look(10, route=waiting)).status
    assert (seen.weight, seen.weight_confirmed) == (10, 0.0)
    assert seen.reason == "Waits until the route carries 10 %: Gateway entry has not taken it in"
    again = decided(seen, look(10)).status
    assert (again.weight, again.weight_confirmed) == (10, NOW)


def test_rules_of_an_httproute_that_somebody_took_away_are_told_as_what_they_are() -> None:
    noted = decided(on_step(), look(None), route=Route("httproute", "web", 80, ({},))).notes
    assert [each.message for each in noted] == [
        "HTTPRoute web was removed or its rules were, which are written again (by somebody else)"
    ]


def test_users_leave_a_failing_canary_also_while_the_proxy_lags() -> None:
    lagging = RouteState(10, pending="Gateway entry has not taken it in")
    assert after(on_step(), look(10, route=lagging, reading=FAILING)).rollback_cause == "RuleFailed"


def test_a_stranger_who_left_the_weight_alone_is_not_said_to_have_changed_it() -> None:
    seen = decided(on_step(), look(10, route=RouteState(10, "kubectl", pending="not yet")))
    assert seen.notes == ()


def test_a_spec_that_cannot_be_understood_changes_nothing_but_says_why() -> None:
    before = on_step()
    decision = stall(before, "spec.steps[0].weight: is 0", 7)
    assert decision.status == replace(before, stalled="spec.steps[0].weight: is 0", observed_generation=7)
    assert decision.notes[0].message == "spec.steps[0].weight: is 0"


# --- foreign weights, events, the next look ----------------------------------------


def test_a_foreign_weight_is_told_once_and_the_step_counted_anew() -> None:
    seen = look(90, route=RouteState(90, "kubectl"))
    first = decided(on_step(), seen)
    second = decided(first.status, seen)
    assert (first.status.weight, first.status.weight_confirmed) == (10, 0)
    assert [(each.reason, each.warning) for each in first.notes] == [("ForeignWeight", True)]
    assert (
        first.notes[0].message
        == "90 % -> 10 %: kubectl had set the weight to 90 %, it goes back to 10 % (by kubectl)"
    )
    assert second.notes == ()


@pytest.mark.parametrize(
    ("status", "seen", "reason", "warning"),
    [
        (on_step(), look(10), "WeightChanged", False),
        (on_step(50, step=1), look(50), "Promoting", False),
        (on_step(), look(10, reading=FAILING), "RollingBack", True),
        (rolling_back(), look(0), "RolledBack", True),
        (closing(), silent(), "Promoted", False),
    ],
)
def test_every_move_is_an_event(status: Status, seen: Observation, reason: str, warning: bool) -> None:  # noqa: FBT001
    assert [(each.reason, each.warning) for each in decided(status, seen).notes] == [(reason, warning)]


def test_the_journal_in_the_status_keeps_eight_lines_and_goes_on_counting() -> None:
    line = JournalEntry(40, NOW, 0, 10, Phase.PROGRESSING, NEW, "r", "n", "because", "ann")
    before = on_step(journal=tuple(replace(line, sequence=number) for number in range(33, 41)))
    assert [each.sequence for each in after(before).journal] == list(range(34, 42))


@pytest.mark.parametrize(
    ("status", "seen", "seconds"),
    [
        (healthy(NEW), look(0), 30.0),
        (healthy(NEW, rollback_until=NOW + 12), look(0), 12.0),
        (healthy(NEW), look(7), 1.0),
        (on_step(), look(10), 0.2),
        (on_step(held_by="ann", phase=Phase.PAUSED), look(10), 1.0),
        (on_step(weight_confirmed=NOW - 9.75), look(10), 0.25),
        (on_step(weight_confirmed=NOW - 9.99), look(10), 0.05),
    ],
)
def test_when_to_look_again(status: Status, seen: Observation, seconds: float) -> None:
    assert decided(status, seen).requeue_after == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("under_way", "confirmed", "seconds"),
    [
        pytest.param(1, NOW - 60, 1.0, id="alone"),
        pytest.param(40, NOW - 60, 1.0, id="forty looks a second at most"),
        pytest.param(100, NOW - 60, 2.5, id="of a hundred each less often"),
        pytest.param(4000, NOW - 60, 5.0, id="never more seldom than samples come"),
        pytest.param(4000, NOW - 9.75, 0.25, id="a moment that matters is met all the same"),
    ],
)
def test_where_many_are_under_way_each_is_looked_at_less_often(
    under_way: int, confirmed: float, seconds: float
) -> None:
    held = on_step(weight_confirmed=confirmed, settled_since=NOW - 60, held_by="ann", phase=Phase.PAUSED)
    seen = replace(look(10), under_way=under_way)
    assert decided(held, seen).requeue_after == pytest.approx(seconds)


def test_a_window_that_is_over_is_closed() -> None:
    assert after(healthy(NEW, rollback_until=NOW - 1)).rollback_until == 0
    assert after(rolled_back(rollback_until=NOW + 1)).rollback_until == NOW + 1


def test_the_pods_that_serve_users_are_the_ones_that_scale() -> None:
    sizes = {OLD: pods(OLD, 3), NEW: pods(NEW, 5)}
    assert after(on_step(), look(10, revisions=sizes)).replicas == 3
    assert after(promoting(), look(100, revisions=sizes)).replicas == 5


def test_the_view_of_the_edge_alone_is_enough_to_go_back() -> None:
    fine, bad = (reading(Counts(100, errors), Counts(900)).blocks for errors in (0, 60))
    edge = {View.EDGE: bad[View.EDGE], View.APPLICATION: fine[View.APPLICATION]}
    seen = replace(reading(), blocks=edge, recent={}, edges=EDGES)
    assert after(on_step(), look(10, reading=seen)).rollback_cause == "RuleFailed"


def test_a_clock_that_was_put_back_holds_nothing_up_for_longer_than_was_asked() -> None:
    """A controller started on a machine whose clock is an hour behind the one before."""
    written = on_step(weight_confirmed=NOW + 3590, settled_since=NOW + 3590, progress_at=NOW + 3590)
    first = after(replace(written, exposed_at=NOW + 3580, blind_since=NOW + 3599))
    assert (first.weight, first.weight_confirmed, first.exposed_at, first.progress_at) == (10, NOW, NOW, NOW)
    later = decide(
        spec_of(NEW), first, look(10, reading=replace(reading(), latest=NOW + 11)), NOW + 11, SETTLE
    )
    assert later.status.weight == 50


def test_no_deadline_is_over_before_the_first_look_of_a_controller_that_was_away() -> None:
    long_ago = on_step(progress_at=NOW - 7200, weight_confirmed=NOW - 7200)
    assert after(long_ago, look(10, reading=None)).phase is not Phase.ROLLING_BACK
    assert after(replace(long_ago, blind_since=NOW - 901), look(10, reading=None)).rollback_cause == "Blind"
