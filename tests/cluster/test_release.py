"""The main job on the real cluster: a good release goes to everybody, a bad one goes back, nobody is hurt."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from .lab import ROOT, Lab, Traffic, WeightWatch, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.cluster]

CHANGES = "v0 to v1: 83 % of the forecasts change"
FAILING = json.dumps({"enabled": True, "error": {"ratio": 1.0, "status": 500}})
HANGING = json.dumps({"enabled": True, "hang": {"ratio": 1.0}})
SLOW = json.dumps({"enabled": True, "delay": {"seconds": 1.5, "ratio": 1.0}})


def failed(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in requests if one["status"] != 200 or not one["valid"]]


def by_revision(requests: list[dict[str, Any]]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for one in requests:
        counted[one["rev"]] = counted.get(one["rev"], 0) + 1
    return counted


def test_a_good_release_reaches_everybody_and_no_request_fails(
    lab: Lab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    old = lab.healthy(model__version="v0", model__digest=digest("v0"))
    users = traffic(100)
    ordered = time.time()
    lab.upgrade(model__version="v1", model__digest=digest("v1"), model__notes=CHANGES)
    lab.canary("status", "--watch", "--timeout", "180s")
    status = lab.until("Healthy")
    new = status["stableRevision"]
    time.sleep(2)
    requests = users.stop()

    assert weights.weights == [0, 10, 25, 50, 100, 0]
    assert not failed(requests)
    assert status["artefacts"] == {old: digest("v0"), new: digest("v1")}
    assert f"  {CHANGES}" in lab.canary("why", lab.name).splitlines()
    last_old = max(one["t"] for one in requests if one["rev"] == old)
    assert {one["rev"] for one in requests if one["t"] > last_old} == {new}
    print(f"spec change to last old answer: {last_old - ordered:.1f} s, {len(requests)} requests, 0 failed")
    shares = split_by_weight(weights, requests, new)
    assert all(abs(seen - asked) < 5 for asked, seen in shares.items()), shares


def digest(version: str) -> str:
    """Of the model in the images, which are built from this folder."""
    return str(json.loads((ROOT / "models" / version / "MANIFEST.json").read_text())["digest"])


def split_by_weight(weights: WeightWatch, requests: list[dict[str, Any]], canary: str) -> dict[int, float]:
    """Asked weight -> percent of answers that the canary gave while it stood (first second left out)."""
    shares: dict[int, float] = {}
    ends = [at for at, _ in weights.seen[1:]]
    for (begin, weight), end in zip(weights.seen, ends, strict=False):
        answers = [one for one in requests if begin + 1 < one["t"] < end]
        if 0 < weight < 100 and answers:
            shares[weight] = 100 * sum(one["rev"] == canary for one in answers) / len(answers)
    return shares


@pytest.mark.parametrize("faults", [FAILING, HANGING, SLOW], ids=["errors", "hangs", "slow"])
def test_a_bad_release_goes_back_by_itself_and_only_its_share_was_hurt(
    lab: Lab, traffic: Callable[[int], Traffic], weights: WeightWatch, faults: str
) -> None:
    stable = lab.healthy(model__version="v1")
    users = traffic(50)
    lab.upgrade(model__version="v1", faults=faults)
    lab.canary("status", "--watch", "--timeout", "180s", code=1)
    status = lab.until("RolledBack")
    requests = users.stop()

    assert weights.weights == [0, 10, 0]
    assert status["stableRevision"] == stable
    assert status["rejectedRevision"] == status["history"][0]["revision"]
    hurt = [one for one in requests if one["status"] != 200 or one["ms"] > 1000]
    assert all(one["rev"] != stable for one in hurt), hurt[:5]
    assert hurt, "the fault was not seen by any user: the test proves nothing"
    if faults == FAILING:
        span = max(one["t"] for one in hurt) - min(one["t"] for one in hurt)
        print(f"first to last bad answer: {span:.1f} s, {len(hurt)} failed requests")
        assert len(hurt) <= 90
    assert "Rule " in lab.canary("why")


def test_a_rejected_template_is_not_released_again_until_it_changes_or_is_retried(
    lab: Lab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    lab.healthy(model__version="v0")
    traffic(50)
    lab.upgrade(model__version="v1", faults=FAILING)
    rejected = lab.until("RolledBack")["rejectedRevision"]

    lab.upgrade(model__version="v1", faults=FAILING)
    lab.kubectl("annotate", "canaryrelease", lab.name, "touched=yes")
    restart_controller(lab)
    time.sleep(12)
    assert lab.status()["rejectedRevision"] == rejected
    assert lab.phase() == "RolledBack"
    assert weights.weights == [0, 10, 0]

    lab.canary("retry")
    lab.until_weight(10)
    lab.canary("abort")
    assert lab.until("RolledBack")["rejectedRevision"] == rejected


def restart_controller(lab: Lab) -> None:
    """Kill the controller's pods without mercy and wait for the next ones."""
    run, kubectl = lab.tools.run, lab.tools.kubectl
    select = ["-n", "canary-system", "-l", "app.kubernetes.io/name=canary-controller"]
    run(kubectl, "delete", "pod", *select, "--grace-period=0", "--force")
    run(kubectl, "rollout", "status", "deployment", *select, "--timeout=90s")


def test_people_decide_by_hand_and_the_journal_names_them(
    lab: Lab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    old = lab.healthy(model__version="v0")
    users = traffic(50)
    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    lab.canary("pause")
    held = lab.until("Paused")
    new = held["canaryRevision"]
    time.sleep(15)
    assert lab.weight() == 10, "a paused release moved by itself"

    lab.canary("promote")
    lab.until_weight(25)
    lab.canary("promote", "--full")
    assert lab.until("Healthy")["stableRevision"] == new

    lab.canary("rollback")
    status = lab.until("RolledBack", "Healthy")
    assert (status["stableRevision"], status["rejectedRevision"]) == (old, new)
    wait_for("only the old revision answers", lambda: answers(users, last=1.0) == {old}, 20)
    assert not failed(users.stop())
    assert weights.weights[:3] == [0, 10, 25]
    actors = {line["actor"] for line in json.loads(lab.canary("why", "-o", "json"))["journal"]}
    assert "admin" in " ".join(actors)


def answers(users: Traffic, last: float) -> set[str]:
    requests = users.requests()
    return {one["rev"] for one in requests if one["t"] > time.time() - last - 0.5}


def test_abort_takes_the_users_back_at_once_and_keeps_the_pods(
    lab: Lab, traffic: Callable[[int], Traffic]
) -> None:
    lab.healthy(model__version="v0")
    users = traffic(100)
    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    canary = lab.status()["canaryRevision"]
    time.sleep(3)
    ordered = time.time()
    lab.canary("abort")
    lab.until("RolledBack")
    time.sleep(3)
    requests = users.stop()
    assert not failed(requests)
    late = max(one["t"] for one in requests if one["rev"] == canary) - ordered
    print(f"abort ordered to last canary answer: {late:.2f} s")
    assert late < 10
    assert lab.get("deployment", f"{lab.name}-{canary}")["status"]["readyReplicas"] == 1


def test_without_traffic_nothing_is_promoted(lab: Lab, weights: WeightWatch) -> None:
    lab.healthy(model__version="v0")
    lab.upgrade(model__version="v1", canary__progressDeadline="30s")
    lab.until_weight(10)
    status = lab.until("RolledBack", seconds=90)
    assert weights.weights == [0, 10, 0]
    assert status["control"]["rollbackCause"] == "Idle"
