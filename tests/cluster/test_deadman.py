"""The installed dead-man: small, and with a token that opens one door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters.annotations import MARK
from canary.adapters.routers.paths import CANARY, WEIGHT
from tests.manifests.charts import CONTROLLER, SYSTEM, one, render

from .test_security import _flat, inside, rights

if TYPE_CHECKING:
    from .lab import Lab

pytestmark = [pytest.mark.cluster]

SPACE = "canary-system"
NAME = "canary-controller-deadman"
ACCOUNT = f"system:serviceaccount:{SPACE}:{NAME}"
RESET = {WEIGHT: "0", MARK: "then: nobody was there"}
MOST_KIB = 48 * 1024
READ_MEMORY = "print(next(l.split()[1] for l in open('/proc/1/status') if l.startswith('VmRSS')))"


@pytest.fixture
def route(lab: Lab) -> Lab:
    """The canary Ingress of a release, as a controller leaves it behind."""
    document = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "web-canary",
            "labels": {"canary.serin.dev/release": "web"},
            "annotations": {CANARY: "true", WEIGHT: "10"},
        },
        "spec": {
            "ingressClassName": "nobody",
            "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}},
        },
    }
    lab.kubectl("create", "-f", "-", stdin=json.dumps(document))
    return lab


def attempt(lab: Lab, metadata: dict[str, Any], spec: dict[str, Any] | None = None) -> str:
    """What the API server says when the dead-man changes the Ingress."""
    change = {"metadata": metadata} | ({"spec": spec} if spec else {})
    words = ("patch", "ingress", "web-canary", "--type=merge", "-p", json.dumps(change))
    return lab.kubectl(f"--as={ACCOUNT}", *words, check=False)


def test_it_may_set_the_weight_to_0_with_its_mark(route: Lab) -> None:
    assert "patched" in attempt(route, {"annotations": RESET})
    assert route.get("ingress", "web-canary")["metadata"]["annotations"] == {CANARY: "true"} | RESET


@pytest.mark.parametrize(
    ("metadata", "spec"),
    [
        ({"annotations": {WEIGHT: "0"}}, None),
        ({"annotations": RESET | {WEIGHT: "5"}}, None),
        ({"annotations": RESET | {WEIGHT: None}}, None),
        ({"annotations": RESET | {CANARY: None}}, None),
        ({"annotations": RESET | {"nginx.ingress.kubernetes.io/canary-by-header": "x"}}, None),
        ({"annotations": RESET, "labels": {"canary.serin.dev/release": "api"}}, None),
        ({"annotations": RESET, "finalizers": ["serin.dev/never"]}, None),
        ({"annotations": RESET}, {"ingressClassName": "another"}),
    ],
    ids=["no mark", "5 %", "no weight", "no canary", "another annotation", "label", "finalizer", "spec"],
)
def test_it_may_change_nothing_else_of_a_route(
    route: Lab, metadata: dict[str, Any], spec: dict[str, Any] | None
) -> None:
    before = route.get("ingress", "web-canary")
    said = attempt(route, metadata, spec)
    assert f"{NAME}.{SPACE}.canary.serin.dev' denied request: the dead-man" in said.replace('"', "'")
    assert route.get("ingress", "web-canary") == before


def test_it_may_not_touch_the_stable_ingress(route: Lab) -> None:
    route.kubectl("annotate", "ingress", "web-canary", f"{CANARY}-")
    assert "only changes the canary Ingress" in attempt(route, {"annotations": RESET})


def test_its_account_can_do_what_its_chart_says_and_nothing_else(lab: Lab) -> None:
    anybody = rights(lab, f"system:serviceaccount:{SPACE}:default", lab.namespace)
    role = one(render(CONTROLLER, *SYSTEM), "ClusterRole", NAME)
    assert rights(lab, ACCOUNT, lab.namespace) - anybody == _flat(role["rules"])


def test_it_is_small(lab: Lab) -> None:
    said = inside(lab, f"{SPACE}:deployment/{NAME}", "python3", "-c", READ_MEMORY)
    assert int(said) <= MOST_KIB
