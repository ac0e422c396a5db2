"""Acts 1 and 2: everything that has to stand before users come."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from kubernetes import client

from demo import asking, children, platform
from demo.children import ROOT
from demo.errors import DemoError
from demo.judges import Finding
from demo.reads import connect

if TYPE_CHECKING:
    from pathlib import Path

    from demo.stage import Stage

STAGING = "staging"
STAGING_HOST = "staging.forecast.serin.test"
STAGING_VALUES = ROOT / "helm" / "forecast" / "values-staging.yaml"
GATE_REPORT = ROOT / "build" / "gate.json"
WORKLOADS = (("traefik", "traefik"), ("monitoring", "prometheus"), ("canary-system", "canary-controller"))


def platform_up(stage: Stage) -> Finding:
    """Install everything around the releases; the API server and both HTTP addresses must confirm it."""
    stage.first = not platform.BUILT.exists()
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
    """Deploy the learned model to staging and let the Locust gate decide whether it may go on."""
    if stage.images is None or stage.addresses is None:
        raise DemoError("staging: the platform has not been installed")
    models = {version: _model(version) for version in platform.MODELS}
    for version, model in models.items():
        stage.screen.say(f"model {version}: {model['digest'][:19]}, scores {_flat(model['scores'])}")
    values = ["-f", str(STAGING_VALUES), *stage.images.service.values(), "--set", "model.version=v1"]
    platform.helm(stage.cluster, stage.screen.say, STAGING, "forecast", values)
    platform.rollout(stage.cluster, stage.screen.say, STAGING, "forecast")
    answer = asking.forecast(stage.addresses.entry, STAGING_HOST, "Dubai Mall", "2025-12", patience=20)
    gate = _gate(stage)
    digest = stage.gated_digest = answer["model"]["digest"]
    facts = {"models": models, "image": stage.images.service.name, "staging_digest": digest, "gate": gate}
    if digest != models["v1"]["digest"]:
        return Finding(f"staging answers with model {digest}, trained was {models['v1']['digest']}", facts)
    broken = [goal for goal in gate["goals"] if not goal["met"]]
    return Finding(
        "; ".join(f"{goal['name']} {goal['figure']} is not {goal['goal']}" for goal in broken), facts
    )


def _gate(stage: Stage) -> dict[str, Any]:
    assert stage.addresses is not None  # noqa: S101 staging_gate has checked it
    GATE_REPORT.unlink(missing_ok=True)
    target: list[str | Path] = [
        "--host",
        stage.addresses.entry,
        "--host-header",
        STAGING_HOST,
        "--out",
        GATE_REPORT,
    ]
    command: list[str | Path] = [sys.executable, "-m", "loadtest.gate", *target]
    answer = children.attempt("Locust gate against staging", command, stage.screen.say)
    for line in answer.output.splitlines():
        if line.startswith(("gate: failure", "gate: p95", "gate: p99", "gate: throughput")):
            stage.screen.say(f"  {line}")
    if not GATE_REPORT.exists():
        raise DemoError(
            f"Locust gate: it ended with exit code {answer.code} and without figures: {answer.tail}"
        )
    report: dict[str, Any] = json.loads(GATE_REPORT.read_text(encoding="utf-8"))
    return report


def _model(version: str) -> dict[str, Any]:
    stored = json.loads(platform.manifest(version).read_text(encoding="utf-8"))
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
