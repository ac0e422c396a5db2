"""The releases themselves: real CanaryReleases with all they own, their pods on the stub node."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.scale.stub import PLACEMENT
from canary.adapters.kinds import INGRESS, RELEASE, Kind
from canary.ports import NotFoundError
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from canary.adapters.kube import Kube

PREFIX = "bench-scale-"
IN_ONE = 100  # releases in one namespace
WRITERS = 8
VERSION, FIRST = "bench-scale/version", "first"  # an annotation of the template
PORT = "http"
_SPACE = Kind("", "v1", "namespaces", "Namespace", namespaced=False)
_NOBODYS = "bench-scale"  # an Ingress class that no proxy serves: proxies are not what is measured here


@dataclass(frozen=True, slots=True)
class Place:
    """Where one release lives."""

    namespace: str
    name: str


def places(first: int, beyond: int) -> list[Place]:
    """The releases of these numbers."""
    return [Place(f"{PREFIX}{number // IN_ONE:02d}", f"r{number:04d}") for number in range(first, beyond)]


class Fleet:
    """All releases of the benchmark. Every call raises StepError or SerinError when the cluster refuses."""

    def __init__(self, kube: Kube, image: str, say: Callable[[str], None]) -> None:
        self._kube, self._image, self._say = kube, image, say
        self.places: list[Place] = []

    def grow(self, size: int) -> None:
        """Create what is missing of `size` releases."""
        fresh = places(len(self.places), size)
        for namespace in sorted(
            {each.namespace for each in fresh} - {each.namespace for each in self.places}
        ):
            self._kube.create(_SPACE, "", {"metadata": {"name": namespace}})
        _each(self._create, fresh)
        self.places += fresh

    def change(self, chosen: Iterable[Place]) -> None:
        """Give these releases a new template."""
        self._annotate(chosen, str(time.time_ns()))

    def restore(self, chosen: Iterable[Place]) -> None:
        """Give them the first template again."""
        self._annotate(chosen, FIRST)

    def _annotate(self, chosen: Iterable[Place], version: str) -> None:
        template = {"metadata": {"annotations": {VERSION: version}}}

        def write(place: Place) -> None:
            meta = {"name": place.name, "namespace": place.namespace}
            self._kube.merge(RELEASE, {"metadata": meta, "spec": {"template": template}})

        _each(write, chosen)

    def states(self) -> dict[Place, dict[str, Any]]:
        """The status of every release."""
        return {
            Place(each["metadata"]["namespace"], each["metadata"]["name"]): each.get("status") or {}
            for each in self._kube.list(RELEASE)
            if each["metadata"]["namespace"].startswith(PREFIX)
        }

    def until(self, what: str, holds: Callable[[dict[str, Any]], bool], count: int, patience: float) -> float:
        """Wait until so many releases are in a state; seconds that it took. Raises StepError when late."""
        began, told = time.monotonic(), 0.0
        while True:
            reached, passed = sum(map(holds, self.states().values())), time.monotonic() - began
            if reached >= count:
                return passed
            if passed > patience:
                raise StepError(f"{what}: {reached} of {count} within {patience:.0f} s")
            if passed - told > 10:
                told = passed
                self._say(f"{what}: {reached} of {count}, {passed:.0f} s")
            time.sleep(1)

    def remove(self) -> None:
        """Remove all namespaces that this benchmark ever made, and wait until they are gone."""
        for each in self._mine():
            with suppress(NotFoundError):
                self._kube.delete(_SPACE, "", each)
        deadline = time.monotonic() + 600
        while left := self._mine():
            if time.monotonic() > deadline:
                raise StepError(f"namespaces {', '.join(left)}: not gone within 600 s: remove them by hand")
            time.sleep(2)

    def _mine(self) -> list[str]:
        names = [each["metadata"]["name"] for each in self._kube.list(_SPACE)]
        return [name for name in names if name.startswith(PREFIX)]

    def _create(self, place: Place) -> None:
        self._kube.create(RELEASE, place.namespace, manifest(place, self._image))
        self._kube.create(INGRESS, place.namespace, _route(place))


def manifest(place: Place, image: str) -> dict[str, Any]:
    """One pod, two rules in two views, and a first step that lasts longer than anybody measures."""
    container = {"name": "web", "image": image, "imagePullPolicy": "IfNotPresent"}
    return {
        "metadata": {"name": place.name, "namespace": place.namespace},
        "spec": {
            "replicas": 1,
            "template": {
                "metadata": {"labels": {"app": place.name}, "annotations": {VERSION: FIRST}},
                "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **PLACEMENT},
            },
            "ports": [{"name": PORT, "port": 80, "targetPort": 8000}],
            "traffic": {"router": "ingress", "ingress": place.name},
            "steps": [{"weight": 10, "hold": "6h"}, {"weight": 100}],
            "rules": {"errors": {"max": "1%"}, "latency": {"within": "250ms", "for": "99%"}},
            "metrics": {"application": "flask"},
        },
    }


def _route(place: Place) -> dict[str, Any]:
    backend = {"service": {"name": f"{place.name}-stable", "port": {"name": PORT}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    rule = {"host": f"{place.name}.{place.namespace}.test", "http": {"paths": [path]}}
    return {
        "metadata": {"name": place.name, "namespace": place.namespace},
        "spec": {"ingressClassName": _NOBODYS, "rules": [rule]},
    }


def _each(act: Callable[[Place], Any], chosen: Iterable[Place]) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(act, chosen))
