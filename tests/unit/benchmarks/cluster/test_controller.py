"""A controller of this machine is back at once after it was killed, and gone when nobody wants it."""

from __future__ import annotations

import os
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from kubernetes.client.exceptions import ApiException

from benchmarks.cluster import controller, installed, traefik
from benchmarks.cluster.controller import Controller, Options
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """A process that only sleeps, under the same supervision."""
    monkeypatch.setattr(controller, "FOLDER", tmp_path)
    monkeypatch.setattr(controller, "_command", lambda *_: SLEEPER)
    made = Controller(cast("Any", SimpleNamespace(api=None)), Options())
    made.start()
    yield made
    made.stop()


def soon(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_killed_one_is_back_at_once(sleeper: Controller) -> None:
    first = sleeper.pid
    killed = sleeper.kill()
    assert soon(lambda: len(sleeper.starts) == 2)
    assert sleeper.starts[1] - killed < 1
    assert sleeper.pid != first


def test_a_dismissed_one_stays_away(sleeper: Controller) -> None:
    pid = sleeper.pid
    sleeper.dismiss()
    time.sleep(0.2)
    assert len(sleeper.starts) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(StepError, match="does not run"):
        sleeper.kill()


def test_a_frozen_one_can_be_ended_too(sleeper: Controller) -> None:
    pid = sleeper.pid
    sleeper.freeze()
    began = time.monotonic()
    sleeper.stop()
    assert time.monotonic() - began < 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


class Apps:
    """A Deployment that obeys at once, and remembers who changed it."""

    def __init__(self) -> None:
        self.replicas, self.managers = 1, ["helm"]
        self.moved = 1  # how often it changes between a read and a write

    def read_namespaced_deployment_scale(self, *_: object) -> SimpleNamespace:
        return SimpleNamespace(spec=SimpleNamespace(replicas=self.replicas))

    def patch_namespaced_deployment_scale(
        self, _name: str, _space: str, body: Any, *, field_manager: str, **_: object
    ) -> None:
        self.replicas = body["spec"]["replicas"]
        if field_manager not in self.managers:
            self.managers.append(field_manager)

    def read_namespaced_deployment(self, *_: object) -> SimpleNamespace:
        fields = [SimpleNamespace(manager=name) for name in self.managers]
        return SimpleNamespace(metadata=SimpleNamespace(managed_fields=fields, resource_version="7"))

    def patch_namespaced_deployment(
        self, _name: str, _space: str, body: list[dict[str, Any]], **_: object
    ) -> None:
        if self.moved:
            self.moved -= 1
            raise ApiException(status=422, reason="the test failed")
        assert body[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
        for each in body[1:]:
            del self.managers[int(each["path"].rpartition("/")[2])]

    def read_namespaced_deployment_status(self, *_: object) -> SimpleNamespace:
        return SimpleNamespace(status=SimpleNamespace(ready_replicas=self.replicas))

    def list_namespaced_pod(self, *_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(items=[SimpleNamespace(metadata=SimpleNamespace(name="a"))] * self.replicas)


@pytest.fixture
def apps(monkeypatch: pytest.MonkeyPatch) -> Apps:
    made = Apps()
    monkeypatch.setattr(installed.client, "AppsV1Api", lambda _: made)
    monkeypatch.setattr(installed.client, "CoreV1Api", lambda _: made)
    return made


def test_the_installed_one_comes_back_whatever_happens_and_helm_owns_its_size_again(apps: Apps) -> None:
    def interrupted() -> None:
        with installed.away(None, lambda _: None):
            assert apps.replicas == 0
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (apps.replicas, apps.managers) == (1, ["helm"])


class Proxy:
    """A Deployment of the entrance; notes every change of its arguments."""

    def __init__(self, *arguments: str) -> None:
        self.arguments, self.written = list(arguments), list[Any]()

    def read_namespaced_deployment(self, *_: object, **__: object) -> SimpleNamespace:
        container = SimpleNamespace(args=list(self.arguments))
        pod = SimpleNamespace(spec=SimpleNamespace(containers=[container]))
        return SimpleNamespace(spec=SimpleNamespace(template=pod))

    def patch_namespaced_deployment(self, *words: Any, **_: object) -> None:
        self.arguments = words[2][0]["value"]
        self.written.append(self.arguments)

    def read_namespaced_deployment_status(self, *_: object) -> SimpleNamespace:
        status = SimpleNamespace(updated_replicas=1, ready_replicas=1, replicas=1, observed_generation=4)
        return SimpleNamespace(
            status=status, spec=SimpleNamespace(replicas=1), metadata=SimpleNamespace(generation=4)
        )


def test_the_proxy_gets_its_arguments_back_and_starts_again_only_for_a_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = Proxy("--ping=true", traefik.RETRIES_OFF)
    monkeypatch.setattr(traefik.client, "AppsV1Api", lambda _: proxy)
    with traefik.adjustable(None, lambda _: None) as choose:
        choose(retries=False)
        assert proxy.written == []
        choose(retries=True)
        choose(retries=True)
    assert proxy.written == [["--ping=true"], ["--ping=true", traefik.RETRIES_OFF]]


def test_a_proxy_that_retries_already_is_no_place_to_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traefik.client, "AppsV1Api", lambda _: Proxy("--ping=true"))
    with (
        pytest.raises(StepError, match="Deployment traefik: its arguments have no"),
        traefik.adjustable(None, lambda _: None),
    ):
        pass
