from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from canary.core.model import RouteState
from canary.ports import ConflictError

if TYPE_CHECKING:
    from canary.ports import Release

    from .worlds import World

TAKEN_IN_SECONDS = 10.0


def seen(world: World, release: Release) -> RouteState:
    """The route once whoever serves it has taken it in."""
    deadline = time.monotonic() + TAKEN_IN_SECONDS
    while (state := world.router.observe(release)).pending and time.monotonic() < deadline:
        time.sleep(0.05)
    return state


def put(world: World, release: Release, weight: int) -> None:
    """Write a weight as the loop does: whoever serves the route may write its status in between."""
    deadline = time.monotonic() + TAKEN_IN_SECONDS
    while True:
        try:
            return world.router.ensure(release, weight)
        except ConflictError:
            assert time.monotonic() < deadline


def test_before_the_first_write_there_is_no_weight(routed: World) -> None:
    assert seen(routed, routed.release()) == RouteState(port=routed.port)


@pytest.mark.parametrize("weight", [0, 10, 100])
def test_a_weight_is_seen_after_it_was_set(routed: World, weight: int) -> None:
    release = routed.release()
    put(routed, release, weight)
    assert routed.router.observe(release).weight == weight
    assert seen(routed, release) == RouteState(weight, port=routed.port)


def test_a_weight_can_fall_and_rise(routed: World) -> None:
    release = routed.release()
    for weight in (0, 50, 25):
        put(routed, release, weight)
        assert routed.router.observe(release).weight == weight


def test_a_foreign_edit_is_seen_with_its_author_and_put_back(routed: World) -> None:
    release = routed.release()
    put(routed, release, 10)
    routed.edit_weight(release, 90, "kubectl-edit")
    assert seen(routed, release) == RouteState(90, foreign="kubectl-edit", port=routed.port)
    put(routed, release, 10)
    assert seen(routed, release) == RouteState(10, port=routed.port)


def test_a_deleted_route_comes_back_with_the_right_weight(routed: World) -> None:
    release = routed.release()
    put(routed, release, 25)
    routed.remove_route(release)
    assert routed.router.observe(release).weight is None
    put(routed, release, 25)
    assert routed.router.observe(release).weight == 25


def test_what_the_dead_man_reset_is_no_foreign_edit_and_gets_no_weight_until_its_mark_is_gone(
    routed: World,
) -> None:
    release = routed.release()
    put(routed, release, 10)
    routed.reset(release, "then: nobody was there")
    found = seen(routed, release)
    assert (found.weight, found.foreign, found.mark) == (0, "", "then: nobody was there")
    with pytest.raises(ConflictError, match="dead-man"):
        routed.router.ensure(release, 10)
    put(routed, release, 0)
    assert routed.router.observe(release).mark
    routed.router.unmark(release)
    found = seen(routed, release)
    assert (found.weight, found.foreign, found.mark) == (0, "", "")
    put(routed, release, 10)
    assert routed.router.observe(release).weight == 10


def test_a_weight_that_somebody_raised_past_the_dead_man_is_foreign_and_put_back(routed: World) -> None:
    release = routed.release()
    put(routed, release, 10)
    routed.reset(release, "then: nobody was there")
    routed.edit_weight(release, 90, "kubectl-edit")
    assert routed.router.observe(release).foreign == "kubectl-edit"
    put(routed, release, 0)
    assert routed.router.observe(release).weight == 0
