"""The table of what a template means in each phase: the same, a new one, stable's, the rejected one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canary.core.decide import decide
from canary.core.model import Phase, Status

from .build import (
    NEW,
    NOW,
    OLD,
    OTHER,
    SETTLE,
    healthy,
    look,
    on_step,
    pods,
    preparing,
    promoting,
    rolled_back,
    rolling_back,
    spec_of,
)

STATES = {
    "Healthy": healthy(),
    "Preparing": preparing(),
    "Progressing": on_step(),
    "Paused": on_step(phase=Phase.PAUSED, held_by="ann", paused_since=NOW - 5),
    "PausedBeforeUsers": preparing(phase=Phase.PAUSED, held_by="ann", paused_since=NOW - 5),
    "Promoting": promoting(),
    "RollingBack": rolling_back(),
    "RolledBack": rolled_back(),
}
ON = "keeps on"
BACK = "goes back"
STARTS = "starts"
RESTS = "rests"
TABLE = [
    ("Healthy", "same", RESTS),
    ("Healthy", "new", STARTS),
    ("Healthy", "stable", RESTS),
    ("Healthy", "rejected", RESTS),
    ("Preparing", "same", ON),
    ("Preparing", "new", BACK),
    ("Preparing", "stable", BACK),
    ("Preparing", "rejected", ON),
    ("Progressing", "same", ON),
    ("Progressing", "new", BACK),
    ("Progressing", "stable", BACK),
    ("Progressing", "rejected", ON),
    ("Paused", "same", ON),
    ("Paused", "new", BACK),
    ("Paused", "stable", BACK),
    ("Paused", "rejected", ON),
    ("PausedBeforeUsers", "same", ON),
    ("PausedBeforeUsers", "new", BACK),
    ("PausedBeforeUsers", "stable", BACK),
    ("PausedBeforeUsers", "rejected", ON),
    ("Promoting", "same", ON),
    ("Promoting", "new", BACK),
    ("Promoting", "stable", BACK),
    ("Promoting", "rejected", ON),
    ("RollingBack", "same", RESTS),
    ("RollingBack", "new", STARTS),
    ("RollingBack", "stable", RESTS),
    ("RollingBack", "rejected", RESTS),
    ("RolledBack", "same", RESTS),
    ("RolledBack", "new", STARTS),
    ("RolledBack", "stable", RESTS),
    ("RolledBack", "rejected", RESTS),
]
ENDS = {
    ("Healthy", "same"): Phase.HEALTHY,
    ("Healthy", "stable"): Phase.HEALTHY,
    ("Healthy", "rejected"): Phase.ROLLED_BACK,
    ("RollingBack", "same"): Phase.ROLLED_BACK,
    ("RollingBack", "stable"): Phase.HEALTHY,
    ("RollingBack", "rejected"): Phase.ROLLED_BACK,
    ("RolledBack", "same"): Phase.ROLLED_BACK,
    ("RolledBack", "stable"): Phase.HEALTHY,
    ("RolledBack", "rejected"): Phase.ROLLED_BACK,
}


def wanted(name: str, kind: str) -> str:
    status = STATES[name]
    same = status.canary_revision or status.rejected_revision or status.stable_revision
    return {"same": same, "new": OTHER, "stable": OLD, "rejected": OTHER}[kind]


def state(name: str, kind: str) -> Status:
    return replace(STATES[name], rejected_revision=OTHER) if kind == "rejected" else STATES[name]


@pytest.mark.parametrize(("name", "kind", "outcome"), TABLE, ids=lambda part: part.replace(" ", "-"))
def test_what_a_template_means(name: str, kind: str, outcome: str) -> None:
    before = state(name, kind)
    spec = spec_of(wanted(name, kind))
    after = decide(spec, before, look(before.weight), NOW, SETTLE).status
    if outcome == BACK:
        assert (after.phase, after.weight, after.stable_route) == (Phase.ROLLING_BACK, 0, OLD)
        assert after.rollback_cause == "Superseded"
    elif outcome == STARTS:
        assert (after.phase, after.canary_revision, after.weight) == (Phase.PREPARING, OTHER, 0)
        assert (after.stable_revision, after.stable_route, after.rejected_revision) == (OLD, OLD, "")
    elif outcome == RESTS:
        assert (after.phase, after.weight, after.stable_route) == (ENDS[name, kind], 0, OLD)
    else:
        assert (after.canary_revision, after.rollback_cause) == (NEW, "")
        assert after.weight >= before.weight


def test_a_rejected_template_is_not_released_again_by_looking_again() -> None:
    status = rolled_back()
    for tick in range(5):
        status = decide(spec_of(NEW), status, look(), NOW + 100 * tick, SETTLE).status
    assert (status.phase, status.rejected_revision, status.canary_revision) == (Phase.ROLLED_BACK, NEW, "")


def test_a_rejected_template_that_came_and_went_may_be_tried_again() -> None:
    gone = decide(spec_of(OLD), rolled_back(), look(), NOW, SETTLE).status
    back = decide(spec_of(NEW), gone, look(), NOW + 1, SETTLE).status
    assert (gone.phase, gone.rejected_revision) == (Phase.HEALTHY, "")
    assert (back.phase, back.canary_revision) == (Phase.PREPARING, NEW)


@pytest.mark.parametrize("generation", [4, 5, 600])
def test_a_new_generation_with_the_same_template_is_no_release(generation: int) -> None:
    after = decide(spec_of(OLD, generation=generation, replicas=7), healthy(), look(), NOW, SETTLE).status
    assert (after.phase, after.observed_generation, after.canary_revision) == (Phase.HEALTHY, generation, "")


def test_the_template_of_a_first_revision_may_change_before_it_serves() -> None:
    empty = look(None, revisions={}, reading=None)
    first = decide(spec_of(OLD), Status(), empty, NOW, SETTLE).status
    second = decide(spec_of(NEW), first, empty, NOW + 1, SETTLE).status
    assert (first.phase, first.stable_revision) == (Phase.PREPARING, OLD)
    assert (second.phase, second.stable_revision, second.stable_route, second.canary_route) == (
        Phase.PREPARING,
        NEW,
        NEW,
        NEW,
    )


def test_a_release_that_lost_its_canary_in_the_books_goes_back() -> None:
    lost = on_step(canary_revision="")
    after = decide(spec_of(NEW), lost, look(10), NOW, SETTLE).status
    assert (after.phase, after.weight) == (Phase.ROLLING_BACK, 0)


def test_steps_that_were_shortened_in_mid_release_still_lead_up() -> None:
    spec = spec_of(NEW, steps=(spec_of().steps[0], spec_of().steps[2]))
    after = decide(spec, on_step(50, step=1), look(50), NOW, SETTLE).status
    assert after.weight == 100


def test_a_kept_revision_goes_on_although_the_template_is_stable_s() -> None:
    released = on_step(canary_revision=OTHER, rejected_revision=OLD)
    seen = look(10, canary=OTHER, revisions={OLD: pods(OLD), OTHER: pods(OTHER)})
    after = decide(spec_of(OLD), released, seen, NOW, SETTLE).status
    assert (after.phase, after.weight, after.canary_revision) == (Phase.PROGRESSING, 50, OTHER)
