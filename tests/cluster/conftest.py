"""Fixtures on the real cluster. Without what `make up` installs these tests fail; they never skip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest

from benchmarks.cluster.place import find
from benchmarks.reliability.row import Stage

from .lab import ROOT, Lab, Tools, Traffic, WeightWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def _devcluster(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "devcluster", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Client tools and images of the cluster at hand: the embedded one, or CLUSTER=current."""
    images = json.loads((ROOT / "build" / "images.json").read_text())
    if os.environ.get("CLUSTER", "embedded") == "current":
        return Tools("kubectl", "helm", dict(os.environ), images)
    environment = {**os.environ, "KUBECONFIG": _devcluster("kubeconfig")}
    return Tools(_devcluster("tool", "kubectl"), _devcluster("tool", "helm"), environment, images)


@pytest.fixture
def lab(tools: Tools) -> Iterator[Lab]:
    """A namespace that lives as long as the test."""
    namespace = f"t-{uuid.uuid4().hex[:8]}"
    tools.run(tools.kubectl, "create", "namespace", namespace)
    yield Lab(tools, namespace)
    tools.run(tools.kubectl, "delete", "namespace", namespace, "--wait=false")


@pytest.fixture
def traffic(lab: Lab, tmp_path: Path) -> Iterator[Callable[[int], Traffic]]:
    """Start steady traffic at so many requests a second; whatever runs is stopped at the end."""
    running: list[Traffic] = []

    def start(rate: int) -> Traffic:
        running.append(Traffic(lab, tmp_path / f"requests-{len(running)}.jsonl", rate))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def weights(lab: Lab) -> Iterator[WeightWatch]:
    watch = WeightWatch(lab)
    yield watch
    watch.stop()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The cluster for the rows of the reliability suite, in namespaces of this module."""
    place = find(print)
    yield Stage(place, print, f"t-{uuid.uuid4().hex[:6]}-")
    place.cluster.close()
