from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from canary.core.intents import pods_for, target
from canary.core.model import Phase, Status

from .build import (
    NEW,
    NOW,
    OLD,
    OTHER,
    healthy,
    on_step,
    pods,
    preparing,
    promoting,
    rolled_back,
    rolling_back,
    spec_of,
)

KEPT = {OLD: pods(OLD, 4, created=1.0), NEW: pods(NEW, 2, created=2.0)}


def sizes(status: Status, kept: Any = None, **spec: Any) -> dict[str, int]:
    return dict(
        target(spec_of(NEW, **{"replicas": 4} | spec), status, KEPT if kept is None else kept).replicas
    )


@pytest.mark.parametrize(
    ("replicas", "weight", "needed"),
    [(2, 10, 1), (10, 10, 1), (11, 10, 2), (4, 50, 2), (5, 50, 3), (7, 100, 7), (0, 100, 1)],
)
def test_pods_for_a_weight(replicas: int, weight: int, needed: int) -> None:
    assert pods_for(spec_of(replicas=replicas), weight) == needed


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (healthy(), {OLD: 4, NEW: 0}),
        (preparing(), {OLD: 4, NEW: 1}),
        (on_step(10), {OLD: 4, NEW: 2}),
        (on_step(50, step=1), {OLD: 4, NEW: 4}),
        (on_step(10, phase=Phase.PAUSED), {OLD: 4, NEW: 2}),
        (on_step(100, step=2), {OLD: 4, NEW: 4}),
        (promoting(), {OLD: 4, NEW: 4}),
        (promoting(weight=0, stable_route=NEW), {OLD: 4, NEW: 4}),
        (rolling_back(), {OLD: 4, NEW: 2}),
        (rolled_back(), {OLD: 4, NEW: 0}),
        (rolled_back(rollback_until=NOW), {OLD: 4, NEW: 2}),
        (healthy(NEW, previous_revision=OLD), {OLD: 0, NEW: 4}),
        (healthy(NEW, previous_revision=OLD, rollback_until=NOW), {OLD: 4, NEW: 4}),
        (preparing(rollback_cause="RollbackOrdered"), {OLD: 4, NEW: 4}),
    ],
)
def test_sizes(status: Status, expected: dict[str, int]) -> None:
    assert sizes(status) == expected


def test_nothing_exists_and_nothing_is_asked_for_before_the_first_look() -> None:
    found = target(spec_of(), Status(), {})
    assert (found.weight, found.stable_route, found.canary_route, found.replicas) == (0, "", "", {})


def test_the_weight_and_the_selectors_are_those_of_the_status() -> None:
    found = target(spec_of(), on_step(), KEPT)
    assert (found.weight, found.stable_route, found.canary_route) == (10, OLD, NEW)


def test_pods_that_a_service_still_leads_to_are_not_taken_away() -> None:
    leaving = preparing(canary_revision=OTHER, canary_route=NEW)
    assert sizes(leaving) == {OLD: 4, NEW: 2, OTHER: 1}


def test_a_previous_revision_that_somebody_deleted_is_not_asked_for() -> None:
    assert sizes(healthy(NEW, previous_revision="gone", rollback_until=NOW)) == {OLD: 0, NEW: 4}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_newest_revisions_are_kept_and_the_previous_one_before_them(limit: int) -> None:
    many = {f"old{number}": pods(f"old{number}", 0, created=float(number)) for number in range(1, 6)}
    kept = sizes(healthy(previous_revision="old1"), {**many, OLD: pods(OLD)}, history_limit=limit)
    assert list(kept) == [*["old1", "old5", "old4"][:limit], OLD]


def test_revisions_in_use_do_not_count_against_the_limit() -> None:
    kept = sizes(replace(on_step(), previous_revision="p"), {**KEPT, "p": pods("p", 0)}, history_limit=1)
    assert set(kept) == {OLD, NEW, "p"}
