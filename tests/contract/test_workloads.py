from __future__ import annotations

import time
from typing import TYPE_CHECKING

from canary.core.model import ServiceState, Target
from canary.ports import ConflictError

if TYPE_CHECKING:
    from canary.ports import Release

    from .worlds import World

PODS_READY_SECONDS = 60.0
TAKEN_IN_SECONDS = 20.0


def revision_of(release: Release) -> str:
    assert release.spec is not None
    return release.spec.revision


def ensure(world: World, release: Release, target: Target) -> None:
    """Bring the objects in line as the loop does: whoever sees to them may write their status in between."""
    deadline = time.monotonic() + TAKEN_IN_SECONDS
    while True:
        try:
            return world.workloads.ensure(release, target)
        except ConflictError:
            assert time.monotonic() < deadline


def settle(world: World, release: Release) -> tuple[ServiceState, ServiceState]:
    """Wait until both Services lead to Ready pods."""
    deadline = time.monotonic() + PODS_READY_SECONDS
    while True:
        roles = world.workloads.services(release)
        if all(role.settled for role in roles) or time.monotonic() > deadline:
            return roles
        time.sleep(0.2)


def test_before_anything_is_made_there_is_no_revision_and_no_service(world: World) -> None:
    release = world.release()
    assert dict(world.workloads.revisions(release)) == {}
    assert world.workloads.services(release) == (ServiceState(), ServiceState())


def test_a_revision_comes_up_and_both_services_settle_on_it(world: World) -> None:
    release = world.release()
    revision = revision_of(release)
    ensure(world, release, Target(0, revision, revision, {revision: 1}))
    assert settle(world, release) == (ServiceState(revision, settled=True),) * 2
    state = world.workloads.revisions(release)[revision]
    assert (state.replicas, state.ready, state.problem) == (1, 1, "")


def test_an_empty_selector_means_no_service_yet(world: World) -> None:
    release = world.release()
    revision = revision_of(release)
    ensure(world, release, Target(0, revision, "", {revision: 1}))
    assert [role.revision for role in world.workloads.services(release)] == [revision, ""]


def test_sizes_follow_the_target(world: World) -> None:
    release = world.release()
    revision = revision_of(release)
    for size in (1, 2, 0):
        ensure(world, release, Target(0, revision, revision, {revision: size}))
        assert world.workloads.revisions(release)[revision].replicas == size


def test_a_second_revision_leaves_the_first_alone(world: World) -> None:
    release = world.release()
    old = revision_of(release)
    ensure(world, release, Target(0, old, old, {old: 1}))
    changed = world.changed(release)
    new = revision_of(changed)
    ensure(world, changed, Target(0, old, new, {old: 1, new: 1}))
    assert world.workloads.revisions(changed).keys() == {old, new}
    assert [role.revision for role in world.workloads.services(changed)] == [old, new]


def test_a_revision_missing_from_the_target_is_deleted(world: World) -> None:
    release = world.release()
    revision = revision_of(release)
    ensure(world, release, Target(0, revision, revision, {revision: 0}))
    ensure(world, release, Target(0, revision, revision, {}))
    assert dict(world.workloads.revisions(release)) == {}


def test_a_deployment_that_somebody_deleted_comes_back_also_when_the_spec_has_moved_on(world: World) -> None:
    release = world.release()
    old = revision_of(release)
    ensure(world, release, Target(0, old, old, {old: 1}))
    changed = world.changed(release)
    goal = Target(0, old, revision_of(changed), {old: 1, revision_of(changed): 1})
    ensure(world, changed, goal)
    world.remove_deployment(changed, old)
    assert old not in world.workloads.revisions(changed)
    ensure(world, changed, goal)
    assert world.workloads.revisions(changed)[old].replicas == 1


def test_a_revision_whose_template_is_lost_cannot_come_back(world: World) -> None:
    release = world.release()
    revision = revision_of(release)
    ensure(world, release, Target(0, revision, revision, {revision: 1, "0123456789": 1}))
    assert world.workloads.revisions(release).keys() == {revision}
