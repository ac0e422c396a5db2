"""The cluster at hand: embedded (CLUSTER=embedded), or that of the kube context (CLUSTER=current)."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from delivery import children
from delivery.errors import StepError
from delivery.tunnel import tunnel

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where users, rules and observers go; each is a URL that this machine can reach."""

    entry: str
    prometheus: str
    edge_metrics: str


class Cluster(Protocol):
    """What the demo needs of a cluster, whoever runs it."""

    @property
    def overlay(self) -> str:
        """The kustomization of the platform, relative to the repository."""

    @property
    def registry(self) -> str:
        """Takes the place of `localhost` in image names; empty where images are loaded into the nodes."""

    @property
    def env(self) -> Mapping[str, str]:
        """Environment in which kubectl, helm and canary find this cluster."""

    def tool(self, name: str) -> str:
        """Path of kubectl or helm. Raises StepError when there is none."""

    def up(self, say: Say) -> None:
        """Make sure that the cluster answers. Raises StepError with the reason."""

    def prepare(self, say: Say) -> Sequence[str]:
        """Make the platform's images, which the nodes then have to be given; works before `up` has ended."""

    def load(self, image: str, say: Say) -> None:
        """Make a locally built image known to the nodes."""

    def addresses(self, say: Say) -> Addresses:
        """The three addresses; opens tunnels where none are given."""

    def close(self) -> None:
        """End the tunnels."""


def chosen(environment: Mapping[str, str] = os.environ) -> Cluster:
    """The cluster that CLUSTER names. Raises StepError for any other word."""
    name = environment.get("CLUSTER", "embedded")
    if name == "embedded":
        return Embedded()
    if name == "current":
        return Current(environment)
    raise StepError(f"CLUSTER={name}: unknown: use CLUSTER=embedded or CLUSTER=current")


class Embedded:
    """The one-node cluster of `devcluster`, with its host ports on the loopback address."""

    overlay: str = "k8s/overlays/local"
    registry: str = ""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    @property
    def env(self) -> Mapping[str, str]:
        return {"KUBECONFIG": self._ask("kubeconfig")}

    def tool(self, name: str) -> str:
        return self._ask("tool", name)

    def up(self, say: Say) -> None:
        """Start it; FRESH=1 replaces what is there."""
        fresh = ("--fresh",) if os.environ.get("FRESH") else ()
        _told("embedded cluster", _devcluster("up", *fresh), say)

    def prepare(self, say: Say) -> Sequence[str]:
        return _told("images of the platform", _devcluster("platform-images"), say).split()

    def load(self, image: str, say: Say) -> None:
        children.run("load image", _devcluster("load", image), say)

    def addresses(self, say: Say) -> Addresses:
        del say
        return Addresses("http://127.0.0.1:8080", "http://127.0.0.1:9090", "http://127.0.0.1:9100/metrics")

    def close(self) -> None:
        self._paths.clear()

    def _ask(self, *words: str) -> str:
        question = " ".join(words)
        if question not in self._paths:
            answer = children.run(f"devcluster {question}", _devcluster(*words), _silent)
            self._paths[question] = answer.strip().splitlines()[-1]
        return self._paths[question]


@dataclass(slots=True)
class Current:
    """The cluster of the current kube context; kubectl and helm come from PATH."""

    environment: Mapping[str, str]
    overlay: str = "k8s/overlays/default"
    _tunnels: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def registry(self) -> str:
        """The prefix under which the nodes pull images."""
        return self.environment.get("REGISTRY", "").rstrip("/")

    @property
    def env(self) -> Mapping[str, str]:
        return {}

    def tool(self, name: str) -> str:
        found = shutil.which(name)
        if found is None:
            raise StepError(f"{name}: not on PATH: CLUSTER=current needs kubectl and helm: install it")
        return found

    def up(self, say: Say) -> None:
        children.run("cluster of the current context", [self.tool("kubectl"), "version"], say)
        if not self.registry and not self.environment.get("IMAGE_LOADER"):
            raise StepError(
                "CLUSTER=current: no way to bring images to the nodes: set IMAGE_LOADER, for example "
                "'kind load docker-image {image}', or REGISTRY, a prefix the nodes can pull from"
            )

    def prepare(self, say: Say) -> Sequence[str]:
        del say  # the nodes pull them
        return ()

    def load(self, image: str, say: Say) -> None:
        loader = self.environment.get("IMAGE_LOADER")
        words = shlex.split(loader.format(image=image)) if loader else ["docker", "push", image]
        children.run(f"load {image}", words, say)

    def addresses(self, say: Say) -> Addresses:
        return Addresses(
            self._reach("ENTRY_URL", ("traefik", "deployment/traefik", 8080), say),
            self._reach("PROMETHEUS_URL", ("monitoring", "deployment/prometheus", 9090), say),
            self._reach("TRAEFIK_METRICS_URL", ("traefik", "deployment/traefik", 9100), say, "/metrics"),
        )

    def close(self) -> None:
        for each in self._tunnels:
            children.end(each)
        self._tunnels.clear()

    def _reach(self, variable: str, place: tuple[str, str, int], say: Say, path: str = "") -> str:
        if given := self.environment.get(variable):
            return given.rstrip("/")
        child, url = tunnel(self.tool("kubectl"), *place)
        self._tunnels.append(child)
        say(f"{variable} is not set: {url} leads to {place[1]} in {place[0]}")
        return url + path


def _devcluster(*words: str) -> list[str | Path]:
    return [sys.executable, "-m", "devcluster", *words]


def _told(label: str, command: list[str | Path], say: Say) -> str:
    """Run a command of the cluster and return its answer; its own error line is what people see."""
    answer = children.attempt(label, command, say)
    if answer.code != 0:
        said = [line for line in answer.output.splitlines() if "error:" in line]
        raise StepError("\n".join(said) or answer.tail)
    return "\n".join(line for line in answer.output.splitlines() if line.startswith("localhost/"))


def _silent(_: str) -> None:
    """A question that is answered at once needs no heartbeat."""
