"""What helm and kubectl make of this repository's manifests, as the tests look at it."""

from __future__ import annotations

import copy
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHARTS = ROOT / "helm"
FORECAST = CHARTS / "forecast"
CONTROLLER = CHARTS / "canary-controller"
DASHBOARD = CHARTS / "dashboard"
STAGING = ("--namespace", "staging", "--values", str(FORECAST / "values-staging.yaml"))
PRODUCTION = ("--namespace", "production", "--values", str(FORECAST / "values-production.yaml"))
PAGES = ("--namespace", "production", "--values", str(DASHBOARD / "values-production.yaml"))
SYSTEM = ("--namespace", "canary-system")
PAGE = ("--values", str(ROOT / "tests" / "manifests" / "page-values.yaml"))
IMAGE = ("--set-string", "image.tag=0123456789ab")

Manifest = dict[str, Any]


@functools.cache
def tool(name: str) -> str:
    """The path of helm or kubectl: the cluster's own, else the first on PATH."""
    command = [sys.executable, "-m", "devcluster", "tool", name]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    found = answer.stdout.strip() if answer.returncode == 0 else shutil.which(name)
    assert found, f"{name}: neither the cluster's tools nor PATH have it: {answer.stderr[-300:]}"
    return found


def helm(*words: str) -> subprocess.CompletedProcess[str]:
    """Run helm without any cluster: what it says must depend on the chart alone."""
    quiet = {**os.environ, "KUBECONFIG": os.devnull}
    command = [tool("helm"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)


def template(chart: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`helm template`, with the chart's own name as the release's."""
    return helm("template", chart.name, str(chart), *words)


@functools.cache
def _rendered(chart: Path, words: tuple[str, ...]) -> list[Manifest]:
    done = template(chart, *words)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def render(chart: Path, *words: str) -> list[Manifest]:
    """All objects of a chart, with an image tag set; the caller may change them."""
    return copy.deepcopy(_rendered(chart, (*IMAGE, *words)))


def kustomized(overlay: str) -> list[Manifest]:
    """All objects of one overlay of k8s/."""
    command = [tool("kubectl"), "kustomize", str(ROOT / "k8s" / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def one(manifests: list[Manifest], kind: str, name: str = "") -> Manifest:
    """The only object of a kind (and name)."""
    found = [m for m in manifests if m["kind"] == kind and name in ("", m["metadata"]["name"])]
    assert len(found) == 1, f"{kind} {name}: {len(found)} of them"
    return found[0]


def kinds(manifests: list[Manifest]) -> list[str]:
    """The kinds of all objects, sorted."""
    return sorted(manifest["kind"] for manifest in manifests)


def pod_of(manifests: list[Manifest], name: str = "") -> Manifest:
    """The pod template of the one workload (of that name), whichever kind carries it."""
    workloads = [
        m
        for m in manifests
        if m["kind"] in {"Deployment", "CanaryRelease"} and name in ("", m["metadata"]["name"])
    ]
    assert len(workloads) == 1, kinds(manifests)
    found: Manifest = workloads[0]["spec"]["template"]
    return found


def definitions() -> dict[str, Manifest]:
    """Both CustomResourceDefinitions by kind."""
    rendered = render(CONTROLLER, *SYSTEM)
    crds = [m for m in rendered if m["kind"] == "CustomResourceDefinition"]
    return {crd["spec"]["names"]["kind"]: crd for crd in crds}


def schema_of(crd: Manifest) -> Manifest:
    """The OpenAPI schema of a definition's only version."""
    (version,) = crd["spec"]["versions"]
    found: Manifest = version["schema"]["openAPIV3Schema"]
    return found


def closed(schema: Any) -> Any:
    """A definition's schema with the fields refused that the API server would prune without a word."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: closed(value) for key, value in schema.items()}
    prunes = not schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(schema.get("properties"), dict) and prunes:
        kept["additionalProperties"] = False
    return kept
