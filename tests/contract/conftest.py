"""Each port's suite runs on its fake and, marked `cluster`, on the real thing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from canary.adapters import kinds
from canary.adapters.connection import connect
from canary.ports import NotFoundError

from .worlds import GatewayWorld, KubeWorld, MemoryWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.adapters.kube import Kube

    from .worlds import World

ROOT = Path(__file__).resolve().parents[2]
CONTROLLER = ("canary-system", "canary-controller")
CONTROLLER_SECONDS = 60.0
SPACE = kinds.Kind("", "v1", "namespaces", "Namespace", namespaced=False)


@pytest.fixture(scope="session")
def kube() -> Iterator[Kube]:
    """The cluster at hand, its own controller put to sleep: the suites act in its place."""
    api = connect(_kubeconfig())
    replicas = _scale_controller(api, 0)
    yield api
    _scale_controller(api, replicas)
    api.close()


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    name = f"contract-{uuid.uuid4().hex[:8]}"
    kube.create(SPACE, "", {"metadata": {"name": name}})
    yield name
    kube.delete(SPACE, "", name)


@pytest.fixture(params=["memory", pytest.param("kubernetes", marks=pytest.mark.cluster)])
def world(request: pytest.FixtureRequest) -> World:
    return MemoryWorld() if request.param == "memory" else _on_the_cluster(request, KubeWorld)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("ingress", marks=pytest.mark.cluster),
        pytest.param("httproute", marks=pytest.mark.cluster),
    ]
)
def routed(request: pytest.FixtureRequest) -> World:
    """A world with each of the routers."""
    if request.param == "memory":
        return MemoryWorld()
    return _on_the_cluster(request, GatewayWorld if request.param == "httproute" else KubeWorld)


def _on_the_cluster(request: pytest.FixtureRequest, world: type[KubeWorld]) -> KubeWorld:
    api: Kube = request.getfixturevalue("kube")
    review = api.create(kinds.SELF_REVIEW, "", {"metadata": {}})
    return world(api, request.getfixturevalue("namespace"), review["status"]["userInfo"]["username"])


def _kubeconfig() -> str:
    if os.environ.get("CLUSTER", "embedded") == "current":
        return os.environ.get("KUBECONFIG", "")
    ask = [sys.executable, "-m", "devcluster", "kubeconfig"]
    return subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _scale_controller(api: Kube, replicas: int) -> int:
    """Set the controller's size, wait for it, return what it was; a cluster without one has size 0."""
    try:
        found = api.get(kinds.DEPLOYMENT, *CONTROLLER)
    except NotFoundError:
        return 0
    place = dict(zip(("namespace", "name"), CONTROLLER, strict=True))
    api.merge(kinds.DEPLOYMENT, {"metadata": place, "spec": {"replicas": replicas}})
    selector = ",".join(f"{key}={value}" for key, value in found["spec"]["selector"]["matchLabels"].items())
    deadline = time.monotonic() + CONTROLLER_SECONDS
    while len(api.list(kinds.POD, CONTROLLER[0], selector)) != replicas or _ready(api) != replicas:
        assert time.monotonic() < deadline, f"the controller has not {replicas} pods"
        time.sleep(0.3)
    return int(found["spec"]["replicas"])


def _ready(api: Kube) -> int:
    return int(api.get(kinds.DEPLOYMENT, *CONTROLLER).get("status", {}).get("readyReplicas", 0))
