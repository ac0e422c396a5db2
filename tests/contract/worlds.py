"""Two worlds with the same ports: one in memory, one on a real API server."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from canary.adapters import kinds, memory
from canary.adapters.commands import KubeCommands
from canary.adapters.events import KubeEvents
from canary.adapters.journal import KubeJournal
from canary.adapters.kube import MERGE, Kube, Request
from canary.adapters.memory_desk import MemoryDesk
from canary.adapters.operator import KubeDesk
from canary.adapters.releases import KubeReleases, decode
from canary.adapters.routers.httproute import HTTPRouteRouter
from canary.adapters.routers.ingress import IngressRouter
from canary.adapters.routers.paths import WEIGHT
from canary.adapters.workloads import KubeWorkloads
from canary.core.journal import DEADMAN
from canary.deadman import resets as deadman
from canary.ports import ConflictError

if TYPE_CHECKING:
    from canary.core.model import Verb
    from canary.ports import Commands, Desk, Events, Journal, Release, Releases, Router, Workloads

# The Gateway of the platform in k8s/.
GATEWAY = {"name": "serin", "namespace": "traefik"}
# A container that runs for ever; every cluster that runs pods has one like it.
IMAGE = os.environ.get("CONTRACT_IMAGE", "localhost/serin/pause:1")


class World(Protocol):
    """The ports, and what strangers do to the things behind them."""

    releases: Releases
    workloads: Workloads
    router: Router
    commands: Commands
    journal: Journal
    events: Events
    port: str

    @property
    def desk(self) -> Desk: ...
    def release(self) -> Release: ...
    def changed(self, release: Release) -> Release:
        """The release after its owner gave it another template."""
        ...

    def edit_weight(self, release: Release, weight: int, manager: str) -> None: ...
    def reset(self, release: Release, mark: str) -> None:
        """What the dead-man does to the route."""
        ...

    def remove_route(self, release: Release) -> None:
        """Take away whatever carries the weight."""
        ...

    def remove_deployment(self, release: Release, revision: str) -> None: ...
    def order(self, release: Release, verb: Verb) -> str: ...
    def told(self, release: Release) -> list[str]: ...


def manifest(namespace: str, name: str = "web", image: str = IMAGE) -> dict[str, Any]:
    """A small CanaryRelease as its owner writes it."""
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "terminationGracePeriodSeconds": 0,
                    "containers": [{"name": "web", "image": image, "imagePullPolicy": "IfNotPresent"}],
                },
            },
            "ports": [{"name": "http", "port": 80, "targetPort": 8000}],
            "traffic": {"router": "ingress", "ingress": name},
            "steps": [{"weight": 10, "hold": "5s"}, {"weight": 100}],
            "rules": {"errors": {"max": "1%"}},
        },
    }


def ingress(namespace: str, name: str = "web") -> dict[str, Any]:
    """The stable Ingress as the owner's chart writes it."""
    backend = {"service": {"name": f"{name}-stable", "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    host = f"{name}.{namespace}.test"
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ingressClassName": "contract", "rules": [{"host": host, "http": {"paths": [path]}}]},
    }


def stored(body: dict[str, Any]) -> dict[str, Any]:
    """What the API server adds to an object that it takes."""
    return body | {"metadata": body["metadata"] | {"uid": "u-1", "resourceVersion": "1", "generation": 1}}


@dataclass
class MemoryWorld:
    """Everything in this process."""

    releases: memory.MemoryReleases = field(default_factory=memory.MemoryReleases)
    workloads: memory.MemoryWorkloads = field(default_factory=memory.MemoryWorkloads)
    router: memory.MemoryRouter = field(default_factory=memory.MemoryRouter)
    commands: memory.MemoryCommands = field(default_factory=memory.MemoryCommands)
    journal: memory.MemoryJournal = field(default_factory=memory.MemoryJournal)
    events: memory.MemoryEvents = field(default_factory=memory.MemoryEvents)
    port: str = "http"

    @property
    def desk(self) -> Desk:
        return MemoryDesk(self.releases, self.commands, self.journal, "contract", "somebody")

    def release(self) -> Release:
        self.releases.put(decode(stored(manifest("contract"))))
        return self.releases.get("contract/web")

    def changed(self, release: Release) -> Release:
        spec = decode(stored(manifest("contract", image=f"{IMAGE}-next"))).spec
        self.releases.put(replace(release, spec=spec))
        return self.releases.get(release.key)

    def edit_weight(self, release: Release, weight: int, manager: str) -> None:
        self.router.edit(release, weight, manager)

    def reset(self, release: Release, mark: str) -> None:
        self.router.reset(release, mark)

    def remove_route(self, release: Release) -> None:
        self.router.remove(release)

    def remove_deployment(self, release: Release, revision: str) -> None:
        self.workloads.remove(release, revision)

    def order(self, release: Release, verb: Verb) -> str:
        return self.commands.place(release, verb, actor="somebody")

    def told(self, release: Release) -> list[str]:
        return [note.message for key, note in self.events.told if key == release.key]


class KubeWorld:
    """A namespace of a real cluster."""

    router: Router
    port = "http"

    def __init__(self, kube: Kube, namespace: str, user: str) -> None:
        clock = memory.MemoryClock()
        self._kube, self._namespace, self._user = kube, namespace, user
        self.releases = KubeReleases(kube, clock, namespace)
        self.workloads = KubeWorkloads(kube)
        self.router = IngressRouter(kube)
        self.commands = KubeCommands(kube, clock)
        self.journal = KubeJournal(kube)
        self.events = KubeEvents(kube, clock, "contract")
        self.desk = KubeDesk(kube, namespace)

    def release(self) -> Release:
        self._kube.create(kinds.RELEASE, self._namespace, manifest(self._namespace))
        self._kube.create(kinds.INGRESS, self._namespace, ingress(self._namespace))
        return self.releases.get(f"{self._namespace}/web")

    def changed(self, release: Release) -> Release:
        body = manifest(self._namespace)
        body["spec"]["template"]["metadata"]["annotations"] = {"changed": "yes"}
        self._kube.merge(kinds.RELEASE, body)
        return self.releases.get(release.key)

    def edit_weight(self, release: Release, weight: int, manager: str) -> None:
        path = kinds.INGRESS.path(release.namespace, f"{release.name}-canary")
        body = {"metadata": {"annotations": {WEIGHT: str(weight)}}}
        self._kube._call(kinds.INGRESS, Request("PATCH", path, {"fieldManager": manager}, body, MERGE))

    def reset(self, release: Release, mark: str) -> None:
        """As the process does, which tries again when somebody wrote in between."""
        raw = dict(release.raw or {})
        kind, name = deadman.route(raw)
        path = kind.path(release.namespace, name)
        while True:
            change = deadman.reset(raw, self._kube.get(kind, release.namespace, name), mark)
            try:
                self._kube._call(kind, Request("PATCH", path, {"fieldManager": DEADMAN}, change, MERGE))
            except ConflictError:
                continue
            return

    def remove_route(self, release: Release) -> None:
        self._kube.delete(kinds.INGRESS, release.namespace, f"{release.name}-canary")

    def remove_deployment(self, release: Release, revision: str) -> None:
        self._kube.delete(kinds.DEPLOYMENT, release.namespace, f"{release.name}-{revision}")

    def order(self, release: Release, verb: Verb) -> str:
        body = {
            "metadata": {"generateName": f"{release.name}-", "namespace": release.namespace},
            "spec": {"release": release.name, "verb": str(verb), "requestedBy": self._user},
        }
        return str(self._kube.create(kinds.COMMAND, release.namespace, body)["metadata"]["name"])

    def told(self, release: Release) -> list[str]:
        listed = self._kube.list(kinds.EVENT, release.namespace)
        return [each["note"] for each in listed if each["regarding"].get("uid") == release.uid]


class GatewayWorld(KubeWorld):
    """The same with an HTTPRoute of the platform's Gateway, whose proxy speaks about every change of it."""

    port = "80"

    def __init__(self, kube: Kube, namespace: str, user: str) -> None:
        super().__init__(kube, namespace, user)
        self.router = HTTPRouteRouter(kube)

    def release(self) -> Release:
        body = manifest(self._namespace)
        body["spec"]["traffic"] = {"router": "httproute", "httproute": "web"}
        self._kube.create(kinds.RELEASE, self._namespace, body)
        for role in ("stable", "canary"):
            self._kube.create(kinds.SERVICE, self._namespace, service(f"web-{role}"))
            self._kube.create(kinds.SLICE, self._namespace, endpoints(f"web-{role}"))
        spec = {"parentRefs": [GATEWAY], "hostnames": [f"web.{self._namespace}.test"]}
        self._kube.create(kinds.HTTPROUTE, self._namespace, {"metadata": {"name": "web"}, "spec": spec})
        return self.releases.get(f"{self._namespace}/web")

    def edit_weight(self, release: Release, weight: int, manager: str) -> None:
        shares = {f"{release.name}-stable": 100 - weight, f"{release.name}-canary": weight}
        refs = [{"name": name, "port": 80, "weight": share} for name, share in shares.items()]
        self._edit(release, [{"backendRefs": refs}], manager)

    def remove_route(self, release: Release) -> None:
        self._edit(release, None, "kubectl-edit")

    def _edit(self, release: Release, rules: list[dict[str, Any]] | None, manager: str) -> None:
        path = kinds.HTTPROUTE.path(release.namespace, release.name)
        body = {"spec": {"rules": rules}}
        self._kube._call(kinds.HTTPROUTE, Request("PATCH", path, {"fieldManager": manager}, body, MERGE))


def service(name: str) -> dict[str, Any]:
    """A Service that selects nothing: its endpoints are written by hand."""
    return {"metadata": {"name": name}, "spec": {"ports": [{"name": "http", "port": 80}]}}


def endpoints(name: str) -> dict[str, Any]:
    """One ready pod behind a Service, at an address where nobody is."""
    meta = {"name": f"{name}-1", "labels": {"kubernetes.io/service-name": name}}
    pod = {"addresses": ["192.0.2.1"], "conditions": {"ready": True}}
    return {
        "metadata": meta,
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 80}],
        "endpoints": [pod],
    }
