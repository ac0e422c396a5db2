"""What the dead-man goes by: one field of the status, written seldom, and only for completed loops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.adapters import kinds, releases
from canary.adapters.memory import MemoryClock
from canary.adapters.releases import KubeReleases
from canary.core.codec import status_to_json
from canary.core.model import Phase, Status

if TYPE_CHECKING:
    from canary.ports import Release

    from .fakeapi import FakeApi

RUNNING = Status(phase=Phase.PROGRESSING, weight=10, stable_revision="old", canary_revision="new")


class Clocks:
    """The wall clock, and the monotonic one that the adapter reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = MemoryClock(), 50.0
        monkeypatch.setattr(releases.time, "monotonic", lambda: self.steady)

    def go(self, seconds: float) -> None:
        self.wall.time += seconds
        self.steady += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


@pytest.fixture
def kept(api: FakeApi, release: Release, clocks: Clocks) -> KubeReleases:
    raw = dict(release.raw or {})
    api.put(kinds.RELEASE, raw | {"status": status_to_json(RUNNING, "web", (), 0.0)})
    return KubeReleases(api, clocks.wall, beat=15.0)


def beat(api: FakeApi) -> str:
    return str(api.get(kinds.RELEASE, "shop", "web")["status"].get("heartbeat", ""))


def test_the_first_completed_loop_is_told_at_once_and_then_every_fifteen_seconds(
    api: FakeApi, kept: KubeReleases, clocks: Clocks
) -> None:
    seen = []
    for _ in range(60):
        kept.beat(kept.get("shop/web"))
        seen.append(beat(api))
        clocks.go(1.0)
    assert len(set(seen)) == len(api.writes) == 4
    assert seen[0]


def test_a_save_tells_of_the_loop_before_it_and_costs_no_write_of_its_own(
    api: FakeApi, kept: KubeReleases, clocks: Clocks
) -> None:
    kept.beat(kept.get("shop/web"))
    first, writes = beat(api), len(api.writes)
    for loop in range(100):
        clocks.go(1.0)
        if loop % 10 == 0:
            release = kept.get("shop/web")
            kept.save(release, replace(release.status, weight=loop))
        kept.beat(kept.get("shop/web"))
    assert len(api.writes) - writes == 10
    assert beat(api) > first


def test_loops_that_never_end_leave_the_heartbeat_as_it_was(
    api: FakeApi, kept: KubeReleases, clocks: Clocks
) -> None:
    kept.beat(kept.get("shop/web"))
    before = beat(api)
    for weight in range(1, 50):
        clocks.go(10.0)
        release = kept.get("shop/web")
        kept.save(release, replace(release.status, weight=weight))
    assert beat(api) == before


def test_a_new_process_keeps_the_heartbeat_until_it_has_completed_a_loop(
    api: FakeApi, kept: KubeReleases, clocks: Clocks
) -> None:
    kept.beat(kept.get("shop/web"))
    before = beat(api)
    other = KubeReleases(api, clocks.wall)
    release = other.get("shop/web")
    other.save(release, replace(release.status, weight=20))
    assert beat(api) == before
    clocks.go(1.0)
    other.beat(other.get("shop/web"))
    assert beat(api) > before


def test_a_wall_clock_that_steps_back_stops_no_heartbeat(
    api: FakeApi, kept: KubeReleases, clocks: Clocks
) -> None:
    kept.beat(kept.get("shop/web"))
    before = beat(api)
    clocks.go(20.0)
    clocks.wall.time -= 3600.0
    kept.beat(kept.get("shop/web"))
    assert beat(api) != before


def test_a_release_at_rest_has_no_heartbeat(api: FakeApi, release: Release, clocks: Clocks) -> None:
    api.put(kinds.RELEASE, dict(release.raw or {}))
    resting = KubeReleases(api, clocks.wall)
    resting.beat(resting.get("shop/web"))
    assert api.writes == []


def test_a_heartbeat_that_comes_too_late_is_left_to_the_next_loop(
    api: FakeApi, kept: KubeReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, stale = kept.get("shop/web"), api.get(kinds.RELEASE, "shop", "web")
    with monkeypatch.context() as patch:
        stale["metadata"]["resourceVersion"] = "0"
        patch.setattr(api, "get", lambda *_: stale)
        kept.beat(release)
    assert not beat(api)
    kept.beat(release)
    assert beat(api)
