"""What a revision's containers use can be read under the labels that releases are judged by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from .lab import ROOT, wait_for

if TYPE_CHECKING:
    from .lab import Lab

pytestmark = [pytest.mark.cluster]

PROMETHEUS = os.environ.get("PROMETHEUS_URL", "http://127.0.0.1:9090")
BUSY = "import threading; [threading.Thread(target=exec, args=('while True: pass',)).start() for _ in '12']"


def ask(query: str) -> list[dict[str, Any]]:
    """The series of an instant query."""
    url = f"{PROMETHEUS}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def series(lab: Lab, metric: str, revision: str) -> list[float]:
    selector = f'namespace="{lab.namespace}",release="{lab.name}",revision="{revision}"'
    return [float(one["value"][1]) for one in ask(f"{metric}{{{selector}}}")]


def labels(name: str) -> dict[str, str]:
    return {"canary.serin.dev/release": name, "canary.serin.dev/revision": "r1"}


def busy_deployment(lab: Lab, limits: dict[str, str]) -> str:
    """A Deployment whose one container wants all the CPU it can get, labelled like a revision."""
    container = {
        "name": "busy",
        "image": lab.tools.images["service"],
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", BUSY],
        "resources": {"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"memory": "64Mi", **limits}},
    }
    pod = {"metadata": {"labels": {"app": "busy", **labels(lab.name)}}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "busy"}}, "template": pod}
    kind = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "busy"}}
    return json.dumps({**kind, "spec": spec})


def test_memory_cpu_and_restarts_carry_release_and_revision(lab: Lab) -> None:
    revision = lab.healthy(model__version="v0")

    def grown() -> list[float]:
        """What the service uses; the first samples may be older than its process."""
        return [
            used
            for used in series(lab, "release:container_memory_working_set:bytes", revision)
            if used > 10e6
        ]

    (memory,) = wait_for("the memory of a service", grown, 60)
    (limit,) = wait_for(
        "its limit", lambda: series(lab, "release:container_memory_limit:bytes", revision), 60
    )
    assert memory < limit == 384 * 2**20
    wait_for("CPU", lambda: any(series(lab, "release:container_cpu_usage_seconds:total", revision)), 60)
    assert wait_for("restarts", lambda: series(lab, "release:container_restarts:total", revision), 60) == [0]


def test_a_container_that_wants_more_cpu_than_it_may_have_is_seen_throttled(lab: Lab) -> None:
    lab.kubectl("apply", "-f", "-", stdin=busy_deployment(lab, {"cpu": "50m"}))
    periods, throttled = (f"release:container_cpu_{what}:total" for what in ("periods", "throttled_periods"))
    wait_for("a throttled container", lambda: any(series(lab, throttled, "r1")), 90)
    assert series(lab, periods, "r1")[0] >= series(lab, throttled, "r1")[0] > 0


def test_a_canary_that_fills_its_memory_is_taken_back_for_it(lab: Lab) -> None:
    """The same program with half of the memory that stable may use: nothing fails yet."""
    asked = {
        "canary__rules__resources": json.dumps({"memory": "45%", "action": "rollback"}),
        "canary__steps": json.dumps([{"weight": 10, "hold": "30m"}, {"weight": 100}]),
    }
    lab.healthy(model__version="v0", **asked)
    lab.upgrade(model__version="v0", resources__limits__memory="200Mi", **asked)
    lab.until_weight(10)
    found = lab.until("RolledBack", seconds=300)
    assert "memory/application" in {entry.get("rule") for entry in found["journal"]}
    assert "of the memory limit in use" in lab.canary("why")


def test_an_autoscaler_sees_what_pods_use_and_scales(lab: Lab) -> None:
    if os.environ.get("CLUSTER", "embedded") == "embedded":
        subprocess.run([sys.executable, "-m", "devcluster", "metrics-server"], cwd=ROOT, check=True)
    lab.kubectl("apply", "-f", "-", stdin=busy_deployment(lab, {"cpu": "100m"}))
    lab.kubectl("autoscale", "deployment", "busy", "--min=1", "--max=2", "--cpu=50%")
    scaled = "jsonpath={.status.replicas}"
    wait_for("a second pod", lambda: lab.kubectl("get", "deployment", "busy", "-o", scaled) == "2", 120)
