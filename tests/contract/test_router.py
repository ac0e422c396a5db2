from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from canary.core.model import RouteState

if TYPE_CHECKING:
    from .worlds import World


def test_before_the_first_write_there_is_no_weight(world: World) -> None:
    assert world.router.observe(world.release()) == RouteState(port="http")


@pytest.mark.parametrize("weight", [0, 10, 100])
def test_a_weight_is_seen_after_it_was_set(world: World, weight: int) -> None:
    release = world.release()
    world.router.ensure(release, weight)
    assert world.router.observe(release) == RouteState(weight, port="http")


def test_a_weight_can_fall_and_rise(world: World) -> None:
    release = world.release()
    for weight in (0, 50, 25):
        world.router.ensure(release, weight)
        assert world.router.observe(release).weight == weight


def test_a_foreign_edit_is_seen_with_its_author_and_put_back(world: World) -> None:
    release = world.release()
    world.router.ensure(release, 10)
    world.edit_weight(release, 90, "kubectl-edit")
    assert world.router.observe(release) == RouteState(90, foreign="kubectl-edit", port="http")
    world.router.ensure(release, 10)
    assert world.router.observe(release) == RouteState(10, port="http")


def test_a_deleted_route_comes_back_with_the_right_weight(world: World) -> None:
    release = world.release()
    world.router.ensure(release, 25)
    world.remove_route(release)
    assert world.router.observe(release).weight is None
    world.router.ensure(release, 25)
    assert world.router.observe(release).weight == 25
