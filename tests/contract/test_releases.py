from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.core.model import JournalEntry, Phase, Status
from canary.ports import ConflictError, NotFoundError

if TYPE_CHECKING:
    from .worlds import World


def test_a_release_is_read_with_its_spec_and_an_empty_status(world: World) -> None:
    release = world.release()
    assert release.spec is not None
    assert [step.weight for step in release.spec.steps] == [10, 100]
    assert release.status == Status()


def test_a_release_that_does_not_exist_is_said_to_be_missing(world: World) -> None:
    release = world.release()
    with pytest.raises(NotFoundError, match="nobody"):
        world.releases.get(f"{release.namespace}/nobody")


def test_a_saved_status_is_read_back(world: World) -> None:
    release = world.release()
    entry = JournalEntry(1, 1000.5, 0, 10, Phase.PROGRESSING, "abc", "readiness", "", "begins", "ann")
    status = replace(
        release.status,
        phase=Phase.PROGRESSING,
        weight=10,
        stable_route="abc",
        started=1000.25,
        journal=(entry,),
    )
    world.releases.save(release, status)
    assert world.releases.get(release.key).status == status


def test_two_saves_in_a_row_need_no_second_read(world: World) -> None:
    release = world.release()
    once = world.releases.save(release, replace(release.status, weight=10))
    world.releases.save(once, replace(once.status, weight=25))
    assert world.releases.get(release.key).status.weight == 25


def test_a_status_decided_on_an_old_version_is_not_saved(world: World) -> None:
    release = world.release()
    world.releases.save(release, replace(release.status, weight=10))
    with pytest.raises(ConflictError):
        world.releases.save(release, replace(release.status, weight=25))
    assert world.releases.get(release.key).status.weight == 10


def test_an_unchanged_status_is_not_written(world: World) -> None:
    release = world.release()
    world.releases.save(release, release.status)
    assert world.releases.get(release.key).resource_version == release.resource_version
