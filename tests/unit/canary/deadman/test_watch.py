"""The dead-man against an API server in a dictionary."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.annotations import MARK
from canary.adapters.routers.paths import CANARY, WEIGHT
from canary.deadman.patience import Patience
from canary.deadman.watch import Watch
from canary.ports import UnreachableError

from ..fakeapi import FakeApi  # noqa: TID252 - the fakes are those of the controller's tests

if TYPE_CHECKING:
    from collections.abc import Iterator

TTL = 60.0


class Paged(FakeApi):
    """Gives its lists page by page."""

    def pages(
        self, kind: kinds.Kind, namespace: str = "", labels: str = "", size: int = 2
    ) -> Iterator[tuple[list[dict[str, Any]], str]]:
        found = self.list(kind, namespace, labels)
        assert size > 0
        for first in range(0, len(found), 2):
            yield found[first : first + 2], "1"


class World:
    """Releases, routes, and a dead-man that looks as often as it should."""

    def __init__(self) -> None:
        self.api, self.patience, self.now = Paged(), Patience(TTL), 1000.0
        self.watch = Watch(self.api, "", self.patience)  # type: ignore[arg-type]

    def add(self, name: str, phase: str = "Progressing", weight: int | None = 10) -> None:
        self.release(name, phase, "of the last loop")
        marks = {CANARY: "true"} | ({} if weight is None else {WEIGHT: str(weight)})
        meta = {"name": f"{name}-canary", "namespace": "shop", "annotations": marks}
        self.api.put(kinds.INGRESS, {"metadata": meta, "spec": {"rules": ["as they are"]}})

    def release(self, name: str, phase: str, beat: str) -> None:
        status = {"phase": phase, "heartbeat": beat} if phase else {}
        meta = {"name": name, "namespace": "shop"}
        self.api.put(kinds.RELEASE, {"metadata": meta, "spec": {"traffic": {}}, "status": status})

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.watch.look(self.now)
            self.now += self.patience.pause

    def route(self, name: str) -> dict[str, Any]:
        return self.api.get(kinds.INGRESS, "shop", f"{name}-canary")

    def weight(self, name: str) -> str | None:
        return self.route(name)["metadata"]["annotations"].get(WEIGHT)  # type: ignore[no-any-return]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("phase", ["Preparing", "Progressing", "Paused", "Promoting", "RollingBack"])
def test_a_running_release_that_nobody_looks_after_loses_its_users(world: World, phase: str) -> None:
    world.add("web", phase)
    before = world.route("web")
    world.look(13)
    after = world.route("web")
    marks = after["metadata"]["annotations"]
    assert marks[WEIGHT] == "0"
    assert marks.pop(MARK).endswith("Z: no controller had completed a loop for 50 s")
    assert marks == before["metadata"]["annotations"] | {WEIGHT: "0"}
    assert after["spec"] == before["spec"]
    assert world.api.writes == ["merge Ingress web-canary"]


@pytest.mark.parametrize("phase", ["Healthy", "RolledBack", ""])
def test_what_is_at_rest_is_left_alone(world: World, phase: str) -> None:
    world.add("web", phase)
    world.look(30)
    assert world.api.writes == []


def test_only_the_one_that_is_stuck_is_reset(world: World) -> None:
    for name in "abcdefg":
        world.add(name)
    for second in range(30):
        for name in "abcdef":
            world.release(name, "Progressing", f"beat {second}")
        world.look()
    assert world.api.writes == ["merge Ingress g-canary"]


def test_a_reset_route_is_not_written_again_but_one_that_is_raised_is(world: World) -> None:
    world.add("web")
    world.look(30)
    assert len(world.api.writes) == 1
    world.add("web", weight=50)
    world.look()
    assert world.weight("web") == "0"


def test_a_weight_that_cannot_be_read_is_taken_for_users(world: World) -> None:
    world.add("web", weight=None)
    world.look(20)
    assert world.weight("web") == "0"


def test_a_controller_too_old_for_heartbeats_costs_no_release_and_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.add("web")
    world.release("web", "Progressing", "")
    with caplog.at_level(logging.WARNING):
        world.look(30)
    assert world.weight("web") == "10"
    assert ["shop/web: has no heartbeat yet" in each.message for each in caplog.records] == [True]


def test_no_route_is_no_trouble(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.release("web", "Progressing", "of the last loop")
    world.add("api")
    with caplog.at_level(logging.WARNING):
        world.look(20)
    assert world.weight("api") == "0"
    assert [each.levelname for each in caplog.records] == ["ERROR"]


def test_a_route_that_moved_or_cannot_be_written_is_tried_again(world: World) -> None:
    world.add("api")
    world.add("web")
    world.api.refuse = {"api-canary"}
    world.look(20)
    assert (world.weight("api"), world.weight("web")) == ("10", "0")
    world.api.refuse = set()
    world.look()
    assert world.weight("api") == "0"


def test_it_writes_at_the_version_that_it_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("web")
    stale = world.route("web")
    stale["metadata"]["resourceVersion"] = "0"
    monkeypatch.setattr(world.api, "get", lambda *_: stale)
    world.look(20)
    assert world.api.writes == []


def test_an_api_server_that_is_away_costs_no_release(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("web")
    world.look(5)

    def away(*_: object, **__: object) -> None:
        raise UnreachableError("API server: GET: no answer: is it running?")

    with monkeypatch.context() as patch:
        patch.setattr(world.api, "pages", away)
        for _ in range(20):
            with pytest.raises(UnreachableError):
                world.look()
            world.now += world.patience.pause
    world.look(9)
    assert world.api.writes == []


def test_it_loads_neither_the_kubernetes_client_nor_what_decides() -> None:
    code = """
import sys
import canary.deadman.__main__
bad = ("kubernetes", "click", "prometheus_client", "canary.controller", "canary.core.decide", "yaml")
print([name for name in sys.modules if name in bad])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--server", "https://api.test", "--ttl", "29"), "must be 30 to 3600"),
        (("--server", "https://api.test", "--ttl", "soon"), "--ttl"),
        ((), "--server"),
    ],
)
def test_flags_that_make_no_sense_are_refused(words: tuple[str, ...], complaint: str) -> None:
    command = [sys.executable, "-m", "canary.deadman", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr
