"""What must not matter: upgrades, restarts, foreign hands and lost pods in the middle of a release."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from .lab import ROOT, Lab, Tools, Traffic, WeightWatch, wait_for
from .test_release import failed, restart_controller

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.cluster]


def test_a_controller_killed_in_mid_canary_goes_on_where_it_was(
    lab: Lab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    lab.healthy(model__version="v0")
    users = traffic(100)
    lab.upgrade(model__version="v1")
    lab.until_weight(25)
    restart_controller(lab)
    lab.until("Healthy", seconds=180)
    assert weights.weights == [0, 10, 25, 50, 100, 0]
    assert not failed(users.stop())


def test_stable_pods_killed_in_mid_canary_come_back_and_the_release_survives(
    lab: Lab, traffic: Callable[[int], Traffic]
) -> None:
    stable = lab.healthy(model__version="v0", replicas="2")
    users = traffic(50)
    lab.upgrade(model__version="v1", replicas="2")
    lab.until_weight(10)
    select = f"canary.serin.dev/revision={stable}"
    victim = lab.kubectl("get", "pod", "-l", select, "-o", "name").split()[0]
    lab.kubectl("delete", victim, "--wait=false")
    wait_for(
        "two stable pods again",
        lambda: lab.get("deployment", f"{lab.name}-{stable}")["status"].get("readyReplicas") == 2,
        60,
    )
    lab.until("Healthy", seconds=180)
    assert not failed(users.stop())


def test_a_foreign_weight_is_put_back_and_reported(lab: Lab, traffic: Callable[[int], Traffic]) -> None:
    lab.healthy(model__version="v0")
    traffic(50)
    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    lab.canary("pause")
    lab.kubectl(
        "annotate", "--overwrite", "ingress", f"{lab.name}-canary",
        "nginx.ingress.kubernetes.io/canary-weight=90", "--field-manager=somebody",
    )  # fmt: skip
    wait_for("the weight put back", lambda: lab.weight() == 10, 5, pause=0.05)
    wait_for(
        "a report that names who did it",
        lambda: "somebody" in lab.kubectl("get", "events", "-o", "json"),
        10,
    )
    assert lab.status()["weight"] == 10


def test_deleted_objects_come_back_as_they_were(lab: Lab, traffic: Callable[[int], Traffic]) -> None:
    lab.healthy(model__version="v0")
    traffic(50)
    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    lab.canary("pause")
    canary = lab.status()["canaryRevision"]
    lab.kubectl("delete", "ingress", f"{lab.name}-canary")
    lab.until_weight(10, seconds=20)
    lab.kubectl("delete", "deployment", f"{lab.name}-{canary}")
    wait_for(
        "the canary's pods again",
        lambda: lab.kubectl("get", "deployment", f"{lab.name}-{canary}", "--ignore-not-found"),
        20,
    )
    lab.kubectl("delete", "service", f"{lab.name}-canary")
    wait_for(
        "the canary Service again",
        lambda: lab.kubectl("get", "service", f"{lab.name}-canary", "--ignore-not-found"),
        20,
    )


def test_a_tampered_model_gets_no_traffic_and_the_log_says_why(
    lab: Lab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    lab.healthy(model__version="v0")
    users = traffic(20)
    lab.upgrade(model__version="v1", model__digest="sha256:" + "0" * 64)
    canary = wait_for("the canary", lambda: lab.status().get("canaryRevision"), 30)
    pods = f"canary.serin.dev/revision={canary}"
    wait_for("the log's reason", lambda: "digest" in lab.kubectl("logs", "-l", pods, check=False), 60)
    time.sleep(5)
    assert lab.phase() == "Preparing"
    assert set(weights.weights) <= {0}
    lab.canary("abort")
    lab.until("RolledBack")
    assert not failed(users.stop())


def test_without_the_controller_users_notice_nothing(
    lab: Lab, tools: Tools, traffic: Callable[[int], Traffic]
) -> None:
    """Uninstalling it keeps the CRDs, the releases and their traffic; installing it again goes on."""
    lab.healthy(model__version="v0")
    users = traffic(50)
    before = values_of_controller(tools)
    tools.run(tools.helm, "-n", "canary-system", "uninstall", "canary-controller", "--wait")
    try:
        time.sleep(5)
        assert lab.phase() == "Healthy"
        assert lab.get("deployment", f"{lab.name}-{lab.status()['stableRevision']}")["status"][
            "readyReplicas"
        ]
        assert tools.run(tools.kubectl, "get", "crd", "canaryreleases.canary.serin.dev")
    finally:
        install_controller(tools, before)
    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    assert not failed(users.stop())


def values_of_controller(tools: Tools) -> str:
    return tools.run(tools.helm, "-n", "canary-system", "get", "values", "canary-controller", "-o", "json")


def install_controller(tools: Tools, values: str) -> None:
    chart = str(ROOT / "helm" / "canary-controller")
    tools.run(
        tools.helm, "-n", "canary-system", "upgrade", "--install", "canary-controller", chart,
        "--wait", "-f", "-", stdin=values,
    )  # fmt: skip


def test_prometheus_away_means_hold_and_never_promotion(
    lab: Lab, tools: Tools, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    lab.healthy(model__version="v0")
    users = traffic(50)
    lab.upgrade(model__version="v1", canary__budget__blind="40s")
    lab.until_weight(10)
    tools.run(tools.kubectl, "-n", "monitoring", "scale", "deployment", "prometheus", "--replicas=0")
    try:
        at = lab.weight()
        time.sleep(20)
        assert lab.weight() == at, "the weight rose without a metrics store"
        status = lab.until("RolledBack", seconds=90)
    finally:
        tools.run(tools.kubectl, "-n", "monitoring", "scale", "deployment", "prometheus", "--replicas=1")
        tools.run(
            tools.kubectl, "-n", "monitoring", "rollout", "status", "deployment", "prometheus",
            "--timeout=90s",
        )  # fmt: skip
    assert status["control"]["rollbackCause"] == "Blind"
    assert max(weights.weights) <= 25
    assert not failed(users.stop())
