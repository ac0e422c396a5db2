"""Each verb of an operator in each phase: done, or refused with a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from canary.core.decide import decide
from canary.core.model import Counts, Decision, Phase, Status, Verb

from .build import (
    NEW,
    NOW,
    OLD,
    OTHER,
    SETTLE,
    STEPS,
    healthy,
    look,
    on_step,
    order,
    pods,
    preparing,
    promoting,
    reading,
    rolled_back,
    rolling_back,
    spec_of,
)

HELD = on_step(phase=Phase.PAUSED, held_by="bob", paused_since=NOW - 5)
FIRST = Status(phase=Phase.PREPARING, stable_revision=NEW, stable_route=NEW, canary_route=NEW)
STATES = {
    "Healthy": healthy(NEW),
    "First": FIRST,
    "Preparing": preparing(),
    "Progressing": on_step(),
    "Paused": HELD,
    "Promoting": promoting(),
    "RollingBack": rolling_back(),
    "RolledBack": rolled_back(),
}
DONE = {
    Verb.PROMOTE: {"Progressing", "Paused"},
    Verb.PAUSE: {"Preparing", "Progressing", "Paused"},
    Verb.RESUME: {"Paused"},
    Verb.ABORT: {"Preparing", "Progressing", "Paused", "Promoting", "RollingBack"},
    Verb.ROLLBACK: {"Preparing", "Progressing", "Paused", "Promoting", "RollingBack"},
    Verb.RETRY: {"RolledBack"},
}
TABLE = [(verb, name, name in names) for verb, names in DONE.items() for name in STATES]


def give(
    status: Status,
    verb: Verb,
    spec: dict[str, Any] | None = None,
    seen: dict[str, Any] | None = None,
    **fields: Any,
) -> Decision:
    world = look(status.weight, command=order(verb, **fields), **seen or {})
    return decide(replace(spec_of(NEW), **spec or {}), status, world, NOW, SETTLE)


def answer(decision: Decision) -> tuple[bool, str]:
    assert decision.acknowledgement is not None
    return decision.acknowledgement.accepted, decision.acknowledgement.message


@pytest.mark.parametrize(("verb", "name", "done"), TABLE)
def test_which_verb_is_done_in_which_phase(verb: Verb, name: str, done: bool) -> None:  # noqa: FBT001
    accepted, message = answer(give(STATES[name], verb))
    assert (accepted, bool(message)) == (done, True)
    assert message.startswith(f"{verb} refused: ") is not done


@pytest.mark.parametrize("verb", [Verb.ABORT, Verb.ROLLBACK])
@pytest.mark.parametrize("name", ["Progressing", "Paused", "Promoting"])
def test_the_way_back_is_taken_in_the_same_look(verb: Verb, name: str) -> None:
    after = give(STATES[name], verb).status
    assert (after.phase, after.weight, after.stable_route) == (Phase.ROLLING_BACK, 0, OLD)
    assert (after.rollback_cause, after.rollback_by) == ("Aborted", "ann")
    assert (after.journal[-1].actor, after.journal[-1].weight_to) == ("ann", 0)


def test_promote_goes_on_at_once_without_hold_or_evidence() -> None:
    early = on_step(weight_confirmed=NOW - 1, settled_since=NOW - 1)
    seen = look(10, reading=reading(Counts(3), Counts(30)), command=order(Verb.PROMOTE))
    after = decide(spec_of(), early, seen, NOW, SETTLE).status
    assert (after.weight, after.skipped_by, after.journal[-1].actor) == (50, "", "ann")


def test_promote_does_not_skip_readiness() -> None:
    short = {OLD: pods(OLD, 4), NEW: pods(NEW, 1)}
    seen = look(10, revisions=short, command=order(Verb.PROMOTE))
    after = decide(spec_of(replicas=4), on_step(), seen, NOW, SETTLE).status
    assert (after.weight, after.reason) == (10, f"Revision {NEW} has 1 of 2 pods ready")


def test_promote_does_not_skip_a_failed_rule() -> None:
    seen = look(10, reading=reading(Counts(100, 50), Counts(900)), command=order(Verb.PROMOTE, full=True))
    after = decide(spec_of(), on_step(), seen, NOW, SETTLE).status
    assert (after.phase, after.weight, after.rollback_cause) == (Phase.ROLLING_BACK, 0, "RuleFailed")


def test_promote_does_not_skip_a_proxy_that_ignores_the_weight() -> None:
    seen = look(10, reading=reading(weight=60), command=order(Verb.PROMOTE))
    after = decide(spec_of(), on_step(), seen, NOW, SETTLE).status
    assert after.weight == 10
    assert after.reason.startswith("The proxy sends the canary 60 % of the requests instead of 10 %")


def test_promote_waits_for_the_metrics_store() -> None:
    seen = look(10, reading=None, command=order(Verb.PROMOTE))
    after = decide(spec_of(), on_step(), seen, NOW, SETTLE).status
    assert (after.weight, after.skipped_by) == (10, "ann")


def test_promote_ends_a_pause() -> None:
    after = give(HELD, Verb.PROMOTE).status
    assert (after.phase, after.weight, after.held_by, after.paused_since) == (Phase.PROGRESSING, 50, "", 0.0)


def test_promote_gives_an_approval_first_and_skips_when_said_again() -> None:
    asks = (replace(STEPS[0], hold=600.0, approval=True), *STEPS[1:])
    first = give(on_step(), Verb.PROMOTE, {"steps": asks})
    again = give(first.status, Verb.PROMOTE, {"steps": asks})
    assert (first.status.weight, first.status.approved_by, first.status.skipped_by) == (10, "ann", "")
    assert answer(first)[1].startswith("approved; ")
    assert (again.status.weight, again.status.approved_by) == (50, "")


def test_promote_full_is_remembered_until_the_end() -> None:
    decision = give(on_step(), Verb.PROMOTE, full=True)
    assert answer(decision) == (True, "skips what is left of all steps")
    assert (decision.status.weight, decision.status.full, decision.status.skipped_by) == (50, True, "ann")


def test_promote_skips_nothing_before_the_metrics_store_answers() -> None:
    asked = give(on_step(phase=Phase.PAUSED, blind_since=NOW - 30), Verb.PROMOTE, seen={"reading": None})
    later = decide(spec_of(NEW), asked.status, look(10), NOW + 1, SETTLE)
    assert answer(asked) == (True, "skips what is left of this step, once the metrics store answers")
    assert (asked.status.phase, asked.status.weight, asked.status.skipped_by) == (Phase.PAUSED, 10, "ann")
    assert (later.status.weight, later.status.skipped_by) == (50, "")


def test_pause_takes_back_an_earlier_order_to_skip() -> None:
    after = give(on_step(full=True, skipped_by="bob"), Verb.PAUSE).status
    assert (after.phase, after.weight, after.full, after.skipped_by) == (Phase.PAUSED, 10, False, "")
    assert (after.held_by, after.reason, after.paused_since) == ("ann", "Paused by ann", NOW)


def test_pause_before_the_first_user_keeps_users_away() -> None:
    after = give(preparing(), Verb.PAUSE).status
    assert (after.phase, after.weight, after.held_by) == (Phase.PAUSED, 0, "ann")


def test_a_second_pause_names_who_paused_first() -> None:
    decision = give(HELD, Verb.PAUSE)
    assert answer(decision) == (True, "already paused by bob")
    assert decision.status.held_by == "bob"


def test_resume_goes_on() -> None:
    after = give(HELD, Verb.RESUME).status
    assert (after.phase, after.weight, after.held_by) == (Phase.PROGRESSING, 50, "")


def test_resume_says_what_a_release_waits_for_when_nobody_paused_it() -> None:
    waits = on_step(phase=Phase.PAUSED, paused_since=NOW, reason="Waits for approval")
    assert answer(give(waits, Verb.RESUME)) == (False, "resume refused: nobody paused it: Waits for approval")


def test_abort_of_the_first_revision_is_refused() -> None:
    assert "nothing to go back to" in answer(give(FIRST, Verb.ABORT))[1]


def test_retry_starts_over() -> None:
    after = give(rolled_back(), Verb.RETRY).status
    assert (after.phase, after.canary_revision, after.rejected_revision) == (Phase.PREPARING, NEW, "")


def test_rollback_to_another_revision_in_mid_release_is_refused() -> None:
    assert "abort it first" in answer(give(on_step(), Verb.ROLLBACK, to_revision=OTHER))[1]
    assert answer(give(on_step(), Verb.ROLLBACK, to_revision=OLD))[0]


def test_rollback_of_an_unknown_revision_names_those_that_are_kept() -> None:
    status = healthy(NEW)
    assert answer(give(status, Verb.ROLLBACK, to_revision="nobody"))[1] == (
        f"rollback refused: revision nobody is not kept: choose one of {OLD}"
    )
    assert answer(give(status, Verb.ROLLBACK))[1] == (
        f"rollback refused: there is no previous revision: choose one of {OLD}"
    )


def test_rollback_when_nothing_is_kept_says_so() -> None:
    seen = look(0, revisions={NEW: pods(NEW)}, command=order(Verb.ROLLBACK))
    assert answer(decide(spec_of(NEW), healthy(NEW), seen, NOW, SETTLE))[1].endswith("none is kept")


def test_rollback_to_what_serves_or_was_rejected_is_refused() -> None:
    assert "serves all traffic already" in answer(give(healthy(NEW), Verb.ROLLBACK, to_revision=NEW))[1]
    assert "retry releases it again" in answer(give(rolled_back(), Verb.ROLLBACK, to_revision=NEW))[1]


def test_rollback_inside_the_window_flips_in_the_same_look() -> None:
    warm = healthy(NEW, previous_revision=OLD, rollback_until=NOW + 60)
    after = give(warm, Verb.ROLLBACK).status
    assert (after.phase, after.stable_revision, after.stable_route, after.weight) == (
        Phase.ROLLING_BACK,
        OLD,
        OLD,
        0,
    )
    assert (after.canary_revision, after.rejected_revision, after.previous_revision) == (NEW, NEW, "")


def test_rollback_inside_the_window_waits_for_a_pod_that_is_not_ready() -> None:
    warm = healthy(NEW, previous_revision=OLD, rollback_until=NOW + 60)
    seen = look(0, revisions={OLD: pods(OLD, 1), NEW: pods(NEW)}, command=order(Verb.ROLLBACK))
    after = decide(spec_of(NEW), warm, seen, NOW, SETTLE).status
    assert (after.phase, after.stable_route, after.reason) == (
        Phase.PREPARING,
        NEW,
        f"Revision {OLD} has 1 of 2 pods ready",
    )


def test_an_order_for_another_revision_or_step_is_refused() -> None:
    other = give(on_step(), Verb.PROMOTE, expected_revision=OTHER)
    step = give(on_step(), Verb.PROMOTE, expected_step=1)
    rest = give(healthy(NEW), Verb.ROLLBACK, expected_revision=OTHER)
    nothing = give(Status(), Verb.RETRY, expected_revision=OTHER)
    assert answer(other)[1] == f"promote refused: meant for revision {OTHER}, but {NEW} is there: look again"
    assert answer(step)[1] == "promote refused: meant for step 2, but this is step 1: look again"
    assert f"but {NEW} is there" in answer(rest)[1]
    assert "but nothing is there" in answer(nothing)[1]


def test_an_order_for_what_is_there_is_done() -> None:
    assert answer(give(on_step(), Verb.PROMOTE, expected_revision=NEW, expected_step=0))[0]
    assert answer(give(rolled_back(), Verb.RETRY, expected_revision=NEW))[0]


def test_an_order_that_was_obeyed_is_answered_again_and_not_obeyed_again() -> None:
    first = give(on_step(), Verb.PROMOTE, uid="uid-1")
    again = give(replace(first.status, weight_confirmed=NOW - 1), Verb.PROMOTE, uid="uid-1")
    assert again.acknowledgement == first.acknowledgement
    assert (first.status.weight, again.status.weight) == (50, 50)
    assert again.status.journal == first.status.journal


def test_another_order_of_the_same_name_is_obeyed() -> None:
    first = give(HELD, Verb.RESUME, {"steps": (replace(STEPS[0], hold=600.0), *STEPS[1:])}, uid="uid-1")
    again = give(first.status, Verb.PROMOTE, uid="uid-2")
    assert (first.status.weight, again.status.weight, again.status.obeyed) == (10, 50, "uid-2")


@pytest.mark.parametrize(
    ("status", "verb"),
    [(rolled_back(), Verb.RETRY), (healthy(NEW), Verb.ROLLBACK)],
    ids=["retry", "rollback"],
)
def test_the_release_that_an_order_begins_remembers_the_order(status: Status, verb: Verb) -> None:
    to = OLD if verb is Verb.ROLLBACK else ""
    begun = give(status, verb, to_revision=to, uid="uid-1")
    assert begun.status.phase is Phase.PREPARING
    assert (begun.status.obeyed, begun.status.answer) == ("uid-1", answer(begun)[1])


def test_an_order_that_was_refused_is_not_remembered() -> None:
    assert give(healthy(NEW), Verb.PROMOTE, uid="uid-1").status.obeyed == ""


def test_a_refused_order_changes_nothing() -> None:
    decision = give(healthy(NEW), Verb.PROMOTE)
    assert decision.status.journal == ()
    assert decision.notes == ()
