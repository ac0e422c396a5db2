"""What the dead-man's token opens of an HTTPRoute: the weight 0 with its mark in every rule, and no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters.annotations import MARK
from canary.adapters.routers import routes
from canary.deadman.resets import reset

from .test_deadman import ACCOUNT, NAME, SPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .lab import Lab

pytestmark = [pytest.mark.cluster]

Object = dict[str, Any]

LABELS = {"canary.serin.dev/release": "web"}
MARKED = {MARK: "then: nobody was there"}
RELEASE = {"metadata": {"name": "web"}, "spec": {"traffic": {"router": "httproute", "httproute": "web"}}}
TIMED = {"timeouts": {"request": "1s"}}


def rules(weight: int) -> list[Object]:
    """Two rules of which each carries the weight, as the controller writes them."""
    found = [{"matches": [{"path": {"type": "PathPrefix", "value": path}}]} for path in ("/predict", "/")]
    return routes.shared(found, (("web-stable", 100 - weight), ("web-canary", weight)), 80)


def changed(change: Callable[[list[Object]], object]) -> list[Object]:
    """The rules of a right reset, and one thing more."""
    made = rules(0)
    change(made)
    return made


def stable(made: list[Object]) -> Object:
    """The first rule's way to the stable Service."""
    found: Object = made[0]["backendRefs"][0]
    return found


@pytest.fixture
def route(lab: Lab) -> Lab:
    """The HTTPRoute of a release, as a controller leaves it behind."""
    document = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web", "labels": LABELS},
        "spec": {"parentRefs": [{"name": "nobody"}], "hostnames": ["web.test"], "rules": rules(10)},
    }
    lab.kubectl("create", "-f", "-", stdin=json.dumps(document))
    return lab


def attempt(lab: Lab, metadata: Object, spec: Object) -> str:
    """What the API server says when the dead-man changes the HTTPRoute."""
    change = json.dumps({"metadata": metadata, "spec": spec})
    return lab.kubectl(
        f"--as={ACCOUNT}", "patch", "httproute", "web", "--type=merge", "-p", change, check=False
    )


def weights(lab: Lab) -> list[int]:
    found = lab.get("httproute", "web")["spec"]["rules"]
    return [ref["weight"] for rule in found for ref in rule.get("backendRefs", ())]


def test_it_may_set_the_weight_to_0_with_its_mark(route: Lab) -> None:
    assert "patched" in attempt(route, {"annotations": MARKED}, {"rules": rules(0)})
    assert weights(route) == [100, 0, 100, 0]
    assert route.get("httproute", "web")["metadata"]["annotations"] == MARKED


def test_rules_that_somebody_added_keep_nobody_on_the_canary(route: Lab) -> None:
    moved = {"type": "RequestRedirect", "requestRedirect": {"hostname": "new.test"}}
    matches = [{"path": {"type": "Exact", "value": "/old"}}]
    theirs = [
        {"matches": matches, "filters": [moved]},
        {"backendRefs": [{"name": "theirs", "port": 80, "weight": 7}]},
    ]
    document = json.dumps({"spec": {"rules": [*rules(10), *theirs]}})
    route.kubectl("patch", "httproute", "web", "--type=merge", "-p", document)
    refused = [*rules(0), theirs[0], {"backendRefs": [{"name": "theirs", "port": 80, "weight": 8}]}]
    assert "denied request" in attempt(route, {"annotations": MARKED}, {"rules": refused})
    change = reset(RELEASE, route.get("httproute", "web"), MARKED[MARK])
    assert change
    assert "patched" in attempt(route, change["metadata"], change["spec"])
    assert weights(route) == [100, 0, 100, 0, 7]


@pytest.mark.parametrize(
    ("metadata", "spec"),
    [
        ({}, {"rules": rules(0)}),
        ({"annotations": MARKED}, {"rules": rules(5)}),
        ({"annotations": MARKED}, {"rules": [*rules(0)[:1], *rules(10)[1:]]}),
        ({"annotations": MARKED}, {"rules": changed(lambda made: made[0]["backendRefs"].pop())}),
        ({"annotations": MARKED}, {"rules": changed(lambda made: stable(made).update(name="another"))}),
        ({"annotations": MARKED}, {"rules": changed(lambda made: stable(made).update(port=81))}),
        ({"annotations": MARKED}, {"rules": changed(lambda made: made[0].update(TIMED))}),
        ({"annotations": MARKED}, {"rules": rules(0)[:1]}),
        ({"annotations": MARKED}, {"rules": rules(0), "hostnames": ["another.test"]}),
        ({"annotations": MARKED}, {"rules": rules(0), "parentRefs": [{"name": "another"}]}),
        ({"annotations": MARKED, "labels": {"canary.serin.dev/release": "api"}}, {"rules": rules(0)}),
        ({"annotations": MARKED | {"another": "x"}}, {"rules": rules(0)}),
        ({"annotations": MARKED, "finalizers": ["serin.dev/never"]}, {"rules": rules(0)}),
    ],
    ids=[
        "no mark", "5 %", "one rule only", "no canary", "another backend", "another port", "a time-out",
        "a rule less", "host", "gateway", "label", "another annotation", "finalizer",
    ],
)  # fmt: skip
def test_it_may_change_nothing_else_of_a_route(route: Lab, metadata: Object, spec: Object) -> None:
    before = route.get("httproute", "web")
    said = attempt(route, metadata, spec)
    assert f"{NAME}.{SPACE}.canary.serin.dev' denied request: the dead-man" in said.replace('"', "'")
    assert route.get("httproute", "web") == before


def test_it_may_not_touch_a_route_that_is_no_releases(route: Lab) -> None:
    route.kubectl("label", "httproute", "web", "canary.serin.dev/release-")
    said = attempt(route, {"annotations": MARKED}, {"rules": rules(0)})
    assert "only changes the HTTPRoute of a release" in said
    assert weights(route) == [90, 10, 90, 10]
