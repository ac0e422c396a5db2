"""What becomes of a release whose users the dead-man took back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.core.decide import decide
from canary.core.intents import target
from canary.core.journal import CONTROLLER, DEADMAN
from canary.core.model import Phase, RouteState, ServiceState, Status, Verb, Verdict

from .build import (
    NEW,
    NOW,
    OLD,
    OTHER,
    SETTLE,
    healthy,
    look,
    on_step,
    order,
    preparing,
    promoting,
    rolled_back,
    rolling_back,
    row,
    spec_of,
)

if TYPE_CHECKING:
    from canary.core.model import Decision, Observation, Spec

MARK = "2026-11-25T14:00:00Z: no controller had completed a loop for 55 s"


def marked(weight: int | None = 0, **fields: object) -> Observation:
    return look(0, route=RouteState(weight, mark=MARK), **fields)


def decided(status: Status, seen: Observation | None = None, spec: Spec | None = None) -> Decision:
    return decide(spec or spec_of(), status, seen or marked(), NOW, SETTLE)


def on_the_way_out(**fields: object) -> Status:
    """A promotion whose stable Service has moved, but whose route still carries everybody."""
    return promoting(stable_route=NEW, **fields)


RUNNING = [
    pytest.param(preparing(), id="preparing"),
    pytest.param(on_step(), id="on the first step"),
    pytest.param(on_step(50, step=1), id="on a later step"),
    pytest.param(on_step(phase=Phase.PAUSED, held_by="ann"), id="paused by a person"),
    pytest.param(on_step(phase=Phase.PAUSED, blind_since=NOW - 100), id="paused because it is blind"),
    pytest.param(promoting(), id="at 100 %"),
    pytest.param(on_the_way_out(), id="with the stable Service moved"),
]


@pytest.mark.parametrize("status", RUNNING)
def test_wherever_it_stood_it_goes_back_and_the_dead_man_is_named(status: Status) -> None:
    after = decided(status).status
    assert (after.phase, after.weight, after.rollback_cause) == (Phase.ROLLING_BACK, 0, "ControllerLost")
    assert after.reason == f"The dead-man set the weight to 0: {MARK}"
    line = after.journal[-1]
    assert (line.weight_from, line.weight_to) == (status.weight, 0)
    assert (line.rule, line.actor) == ("ControllerLost", DEADMAN)
    assert target(spec_of(), after, {}).stable_route == OLD


@pytest.mark.parametrize("status", RUNNING)
def test_it_ends_as_rejected_and_stays_so_until_somebody_orders_otherwise(status: Status) -> None:
    seen = marked(stable=ServiceState(OLD, settled=True))
    status = _some_seconds_later(decided(status, seen).status)
    ended = decided(status, seen).status
    assert (ended.phase, ended.rejected_revision, ended.weight) == (Phase.ROLLED_BACK, NEW, 0)
    last = ended.history[-1]
    assert (last.outcome, last.actor, last.reason) == ("RolledBack", DEADMAN, status.reason)
    unmarked = look(0)
    assert decided(ended, unmarked).status.phase is Phase.ROLLED_BACK
    again = decided(ended, replace(unmarked, command=order(Verb.RETRY, uid="u-1"))).status
    assert (again.phase, again.canary_revision) == (Phase.PREPARING, NEW)


@pytest.mark.parametrize("verb", [Verb.PROMOTE, Verb.RESUME, Verb.ABORT, Verb.PAUSE])
def test_no_order_given_meanwhile_brings_the_users_back_or_hides_who_took_them(verb: Verb) -> None:
    decision = decided(on_step(), marked(command=order(verb, uid="u-1")))
    assert (decision.status.weight, decision.status.rollback_by) == (0, DEADMAN)
    assert decision.acknowledgement is not None


def test_good_evidence_brings_nobody_back_and_bad_evidence_changes_no_cause() -> None:
    for seen in (marked(), marked(reading=None)):
        assert decided(on_step(evidence=(row(Verdict.PASS),)), seen).status.rollback_cause == "ControllerLost"


def test_the_reset_is_no_foreign_edit() -> None:
    decision = decided(on_step())
    assert [each.reason for each in decision.notes] == ["RollingBack"]
    assert [entry.rule for entry in decision.status.journal] == ["ControllerLost"]


def test_another_template_does_not_hide_what_happened_and_is_released_when_the_mark_is_gone() -> None:
    spec = spec_of(OTHER)
    after = decided(on_step(), spec=spec).status
    assert after.rollback_cause == "ControllerLost"
    ended = decided(_some_seconds_later(after), spec=spec).status
    assert (ended.phase, ended.canary_revision) == (Phase.ROLLED_BACK, "")
    assert decided(ended, spec=spec).status.phase is Phase.ROLLED_BACK
    assert decided(ended, look(0), spec).status.canary_revision == OTHER


def test_a_promotion_whose_route_had_ended_lost_nobody_and_goes_on() -> None:
    after = decided(promoting(weight=0, stable_route=NEW)).status
    assert (after.phase, after.rollback_cause) == (Phase.PROMOTING, "")


def test_a_way_back_that_had_begun_keeps_its_own_cause() -> None:
    after = decided(rolling_back()).status
    assert (after.rollback_cause, after.rollback_by) == ("RuleFailed", CONTROLLER)


@pytest.mark.parametrize("status", [healthy(), rolled_back()], ids=["healthy", "rolled back"])
def test_at_rest_the_mark_is_removed_before_anything_else_begins(status: Status) -> None:
    spec = spec_of(OTHER)
    after = decided(status, spec=spec).status
    assert after.phase is status.phase
    assert target(spec, after, {}).ended
    assert not target(spec, on_step(), {}).ended
    assert not target(spec, rolling_back(), {}).ended


def _some_seconds_later(back: Status) -> Status:
    """The same way back, which began a while ago: the proxy has followed."""
    return replace(back, progress_at=NOW - 6, weight_confirmed=NOW - 5, settled_since=NOW - 5)
