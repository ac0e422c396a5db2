"""The embedded cluster as people use it: what kubectl needs works, and `up` again disturbs nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .lab import ROOT, wait_for

if TYPE_CHECKING:
    from .lab import Lab, Tools

pytestmark = [pytest.mark.cluster]


def test_logs_and_exec_reach_a_pod(lab: Lab) -> None:
    lab.healthy(model__version="v0")
    pod = lab.kubectl("get", "pod", "-o", "name").split()[0]
    wait_for("a line of JSON in the log", lambda: "{" in lab.kubectl("logs", pod), 20)
    said = lab.kubectl("exec", pod, "--", "python3", "-c", "print(6 * 7)")
    assert said.strip() == "42"


def test_up_again_leaves_every_pod_as_it_is(tools: Tools) -> None:
    if os.environ.get("CLUSTER", "embedded") == "current":
        pytest.fail(
            "CLUSTER=current: this suite owns the embedded cluster: deselect it with -k 'not devcluster'"
        )
    pods = "jsonpath={.items[*].metadata.uid} {.items[*].status.containerStatuses[*].restartCount}"
    look = (tools.kubectl, "-n", "traefik", "get", "pods", "-o", pods)
    before = tools.run(*look)
    again = subprocess.run(
        [sys.executable, "-m", "devcluster", "up"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert tools.run(*look) == before
