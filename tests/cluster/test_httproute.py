"""The main job through the Gateway API: the weights of an HTTPRoute, one writer for its rules."""

from __future__ import annotations

import json
import os
import re
import time
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from .lab import Lab, Traffic, WeightWatch, wait_for
from .test_release import FAILING, by_revision, failed, split_by_weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .lab import Tools

pytestmark = [pytest.mark.cluster]

RATE = 100
HELD = {"canary__steps": '[{"weight": 10, "approval": true}, {"weight": 100}]'}
PROXY = os.environ.get("PROXY_METRICS_URL", "http://127.0.0.1:9100/metrics")
COUNTED = re.compile(r'^traefik_service_requests_total\{(?:.*,)?service="([^"]+)"\} (\S+)$', re.MULTILINE)


class GatewayLab(Lab):
    """A release of the same chart behind the platform's Gateway."""

    route = "httproute"

    def carried(self, route: dict[str, Any]) -> int | None:
        """The share that both the rules and this function call the canary's; None before there are any."""
        if route["metadata"]["name"] != self.name:
            return None
        refs = [ref for rule in route["spec"]["rules"] for ref in rule.get("backendRefs", ())]
        weights = {ref["name"]: int(ref["weight"]) for ref in refs}
        if f"{self.name}-canary" not in weights:
            return None
        assert sum(weights.values()) == 100, weights
        return weights[f"{self.name}-canary"]

    def counted(self) -> Counter[str]:
        """Requests by role in the proxy's own counters, over all rules and listeners of the route."""
        page = urllib3.request("GET", PROXY, timeout=5.0).data.decode()
        roles = re.compile(rf"httproute-{self.namespace}-.*-svc-{self.namespace}-{self.name}-(\w+)-\d+@.*")
        found: Counter[str] = Counter()
        for service, value in COUNTED.findall(page):
            if match := roles.fullmatch(service):
                found[match[1]] += int(float(value))
        return found


@pytest.fixture
def lab(tools: Tools) -> Iterator[GatewayLab]:
    namespace = f"t-{uuid.uuid4().hex[:8]}"
    tools.run(tools.kubectl, "create", "namespace", namespace)
    yield GatewayLab(tools, namespace, settings={"ingress.router": "httproute"})
    tools.run(tools.kubectl, "delete", "namespace", namespace, "--wait=false")


def test_a_good_release_reaches_everybody_and_no_request_fails(
    lab: GatewayLab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    old = lab.healthy(model__version="v0")
    users = traffic(RATE)
    ordered = time.time()
    lab.upgrade(model__version="v1")
    lab.canary("status", "--watch", "--timeout", "180s")
    new = lab.until("Healthy")["stableRevision"]
    time.sleep(2)
    requests = users.stop()

    assert weights.weights == [0, 10, 25, 50, 100, 0]
    assert not failed(requests)
    last_old = max(one["t"] for one in requests if one["rev"] == old)
    assert {one["rev"] for one in requests if one["t"] > last_old} == {new}
    print(f"spec change to last old answer: {last_old - ordered:.1f} s, {len(requests)} requests, 0 failed")
    shares = split_by_weight(weights, requests, new)
    assert all(abs(seen - asked) < 5 for asked, seen in shares.items()), shares
    # The same from the proxy's own counters; what it answers within a second may fall on the other side.
    counted, ended = lab.counted(), weights.seen[-1][0]
    by_canary = [one for one in requests if one["rev"] == new and one["t"] < ended]
    assert counted["canary"] == pytest.approx(len(by_canary), abs=RATE)
    assert counted["stable"] == pytest.approx(len(requests) - len(by_canary), abs=RATE)


def test_a_bad_release_goes_back_by_itself_and_only_its_share_was_hurt(
    lab: GatewayLab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    stable = lab.healthy(model__version="v1")
    users = traffic(50)
    lab.upgrade(model__version="v1", faults=FAILING)
    lab.canary("status", "--watch", "--timeout", "180s", code=1)
    status = lab.until("RolledBack")
    requests = users.stop()

    assert weights.weights == [0, 10, 0]
    assert (status["stableRevision"], status["rejectedRevision"]) == (
        stable,
        status["history"][0]["revision"],
    )
    hurt = failed(requests)
    assert hurt, "the fault was not seen by any user: the test proves nothing"
    assert all(one["rev"] == status["rejectedRevision"] for one in hurt), hurt[:5]
    span = max(one["t"] for one in hurt) - min(one["t"] for one in hurt)
    print(f"first to last bad answer: {span:.1f} s, {len(hurt)} failed requests")
    assert len(hurt) <= 90
    assert "Rule errors/" in lab.canary("why")


def test_helm_and_strangers_may_write_in_the_middle_of_a_release(
    lab: GatewayLab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    lab.healthy(model__version="v0")
    users = traffic(50)
    lab.upgrade(model__version="v1", **HELD)
    lab.until_weight(10)

    # The same values, then another description of the route: neither conflicts, neither moves a weight.
    lab.upgrade(model__version="v1", **HELD)
    lab.upgrade(model__version="v1", ingress__annotations='{"a": "b"}', **HELD)
    assert lab.get("httproute", lab.name)["metadata"]["annotations"]["a"] == "b"
    assert weights.weights == [0, 10]

    shares = [{"name": f"{lab.name}-{role}", "port": 80, "weight": 50} for role in ("stable", "canary")]
    edit = json.dumps({"spec": {"rules": [{"backendRefs": shares}]}})
    lab.kubectl("patch", "httproute", lab.name, "--type=merge", "--field-manager=somebody", "-p", edit)
    wait_for("weight put back", lambda: weights.weights[-2:] == [50, 10], 10, pause=0.05)
    healed = weights.seen[-1][0] - weights.seen[-2][0]
    print(f"foreign weight put back in {healed:.2f} s")
    journal = json.loads(lab.canary("why", "-o", "json"))["journal"]
    assert [line["weightFrom"] for line in journal if line["actor"] == "somebody"] == [50]

    lab.kubectl("patch", "httproute", lab.name, "--type=merge", "-p", '{"spec": {"rules": null}}')
    wait_for("rules written again", lambda: lab.weight() == 10, 10)
    lab.canary("abort")
    assert lab.until("RolledBack")["weight"] == 0
    lost = failed(users.stop())
    assert all(one["status"] in {0, 500, 503, 404} and not one["rev"] for one in lost), lost[:5]


def test_a_canary_without_pods_gets_nobody_until_it_has_some_again(
    lab: GatewayLab, traffic: Callable[[int], Traffic], weights: WeightWatch
) -> None:
    """The Gateway would answer the share of a Service without endpoints with 503, and count none of them."""
    lab.healthy(model__version="v0")
    users = traffic(50)
    lab.upgrade(model__version="v1", **HELD)
    lab.until_weight(10)
    canary = lab.status()["canaryRevision"]
    time.sleep(3)
    lab.kubectl("delete", "pod", "-l", f"canary.serin.dev/revision={canary}", "--grace-period=0", "--force")
    wait_for("the canary's users at stable", lambda: weights.weights == [0, 10, 0], 10, pause=0.05)
    lab.until_weight(10)
    time.sleep(3)
    requests = users.stop()
    lost = failed(requests)
    print(f"canary's only pod killed: {len(lost)} of {len(requests)} requests failed")
    assert len(lost) <= RATE // 10
    assert lab.phase() in {"Progressing", "Paused"}
    assert by_revision([one for one in requests if one["t"] > weights.seen[-1][0] + 1])[canary] > 0


def test_a_route_that_its_gateway_refuses_stalls_the_release_and_says_why(lab: GatewayLab) -> None:
    lab.upgrade(model__version="v0", ingress__gateway__sectionName="nowhere")

    def stalled() -> str:
        conditions = lab.status().get("conditions", ())
        return next((each["message"] for each in conditions if each["type"] == "Stalled"), "")

    wait_for("the refusal", lambda: "does not accept it: NoMatchingParent" in stalled(), 60)
    lab.upgrade(model__version="v0")
    lab.until("Healthy")
