"""What the dead-man writes on either kind of route, and that it is all that it writes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from canary.adapters.annotations import MARK
from canary.adapters.kinds import HTTPROUTE, INGRESS
from canary.adapters.routers import routes
from canary.deadman.resets import reset, route

RELEASE: dict[str, Any] = {
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"traffic": {"router": "httproute", "httproute": "front"}},
}


def rule(path: str, canary: int) -> dict[str, Any]:
    match = {"path": {"type": "PathPrefix", "value": path}}
    shares = (("web-stable", 100 - canary), ("web-canary", canary))
    refs = [{"name": name, "port": 80, "weight": weight} for name, weight in shares]
    return {"matches": [match], "timeouts": {"request": "5s"}, "backendRefs": refs}


def stored(*rules: dict[str, Any]) -> dict[str, Any]:
    meta = {"name": "front", "namespace": "shop", "resourceVersion": "7", "labels": {"its": "own"}}
    return {"metadata": meta, "spec": {"hostnames": ["web.test"], "rules": list(rules)}}


def test_the_route_is_that_of_the_router_which_the_release_has() -> None:
    assert route(RELEASE) == (HTTPROUTE, "front")
    assert route(RELEASE | {"spec": {"traffic": {"ingress": "web"}}}) == (INGRESS, "web-canary")


def test_every_rule_leads_everybody_to_stable_and_nothing_else_of_the_rules_changes() -> None:
    found = stored(rule("/", 10), rule("/api", 90))
    before = deepcopy(found)
    change = reset(RELEASE, found, "then: why")
    assert change == {
        "metadata": {
            "name": "front",
            "namespace": "shop",
            "resourceVersion": "7",
            "annotations": {MARK: "then: why"},
        },
        "spec": {"rules": [rule("/", 0), rule("/api", 0)]},
    }
    assert found == before
    assert routes.weight(before | {"spec": change["spec"]}, "web-canary") == 0


def test_a_route_without_users_on_the_canary_is_left_alone() -> None:
    assert reset(RELEASE, stored(rule("/", 0)), "then: why") is None
    assert reset(RELEASE, stored(), "then: why") is None
