"""Acts 1 and 2: everything that has to stand before users come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kubernetes import client

from delivery import asking, models, steps
from delivery.candidate import candidate
from delivery.errors import StepError
from delivery.images import BUILT
from demo import platform
from demo.judges import Finding
from demo.reads import connect

if TYPE_CHECKING:
    from demo.stage import Stage

GATED = "v1"  # the first learned model
WORKLOADS = (("traefik", "traefik"), ("monitoring", "prometheus"), ("canary-system", "canary-controller"))


def platform_up(stage: Stage) -> Finding:
    """Install everything around the releases; the API server and both HTTP addresses must confirm it."""
    stage.first = not BUILT.exists()
    began = time.monotonic()
    stage.images = platform.install(stage.cluster, stage.screen.say)
    stage.addresses = stage.cluster.addresses(stage.screen.say)
    stage.setup_seconds = time.monotonic() - began
    nodes, ready = _seen(stage)
    missing = [f"{space}/{name}" for space, name in WORKLOADS if f"{space}/{name}" not in ready]
    silent = asking.silent(stage.addresses)
    facts = {"nodes_ready": nodes, "deployments_ready": ready, "setup_seconds": round(stage.setup_seconds, 1)}
    stage.screen.say(f"nodes ready: {', '.join(nodes)}; deployments ready: {', '.join(ready)}")
    if not nodes:
        return Finding("the API server shows no ready node", facts)
    if missing:
        return Finding(f"not ready according to the API server: {', '.join(missing)}", facts)
    return Finding(f"no answer from {', '.join(silent)}" if silent else "", facts)


def staging_gate(stage: Stage) -> Finding:
    """Put the learned model into staging; contract and load gate decide whether it may go on."""
    if stage.images is None or stage.addresses is None:
        raise StepError("staging: the platform has not been installed")
    trained = {version: _model(version) for version in models.known()}
    for version, model in trained.items():
        stage.screen.say(f"model {version}: {model['digest'][:19]}, scores {_flat(model['scores'])}")
    what = candidate(stage.cluster, GATED)
    steps.stage(stage.cluster, what, stage.screen.say)
    gate = steps.gate(stage.cluster, stage.addresses.entry, what, stage.screen.say)
    stage.candidate = what
    return Finding("", {"models": trained, "image": what.image, "gated_digest": what.digest, "gate": gate})


def _model(version: str) -> dict[str, Any]:
    stored = models.manifest(version)
    return {"digest": stored["digest"], "scores": stored["scores"]}


def _flat(scores: dict[str, Any]) -> str:
    return ", ".join(f"{name} {figure}" for name, figure in scores.items())


def _seen(stage: Stage) -> tuple[list[str], list[str]]:
    api = connect(stage.cluster.env)
    nodes = [node.metadata.name for node in client.CoreV1Api(api).list_node().items if _ready(node)]
    deployments = [
        f"{space}/{name}"
        for space, name in WORKLOADS
        if client.AppsV1Api(api).read_namespaced_deployment(name, space).status.ready_replicas
    ]
    return nodes, deployments


def _ready(node: Any) -> bool:
    return any(each.type == "Ready" and each.status == "True" for each in node.status.conditions)
