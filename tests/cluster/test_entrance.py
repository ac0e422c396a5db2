"""The entrance as the platform installs it, without any release: HTTPRoutes are served and weighed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from .lab import ENTRY, wait_for

if TYPE_CHECKING:
    from .lab import Lab

pytestmark = [pytest.mark.cluster]

REQUESTS = 100
ACCEPTED = ("Accepted", "True")


def backend(name: str, weight: int) -> dict[str, object]:
    """A weighted Service whose answers carry its name."""
    modifier = {"set": [{"name": "x-backend", "value": name}]}
    mark = {"type": "ResponseHeaderModifier", "responseHeaderModifier": modifier}
    return {"name": name, "port": 80, "weight": weight, "filters": [mark]}


def route(lab: Lab, *backends: dict[str, object]) -> str:
    spec = {
        "parentRefs": [{"name": "serin", "namespace": "traefik"}],
        "hostnames": [f"route.{lab.host}"],
        "rules": [{"backendRefs": list(backends)}],
    }
    kind = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"}
    return json.dumps({**kind, "metadata": {"name": "weighed"}, "spec": spec})


def ask(lab: Lab) -> str:
    """Which Service answered; empty where none did."""
    request = urllib.request.Request(f"{ENTRY}/openapi.json", headers={"Host": f"route.{lab.host}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.headers["x-backend"])
    except urllib.error.HTTPError:
        return ""


def accepted_at(lab: Lab) -> int:
    """The generation that the status speaks of; 0 while the route is not accepted."""
    parents = lab.get("httproute", "weighed").get("status", {}).get("parents", [])
    conditions = [condition for parent in parents for condition in parent["conditions"]]
    return next((c["observedGeneration"] for c in conditions if (c["type"], c["status"]) == ACCEPTED), 0)


def test_an_http_route_shares_requests_out_by_weight(lab: Lab) -> None:
    lab.healthy(model__version="v0")
    lab.kubectl(
        "expose", "service", "forecast-stable", "--name=forecast-other", "--port=80", "--target-port=http"
    )
    lab.kubectl(
        "apply", "-f", "-", stdin=route(lab, backend("forecast-stable", 90), backend("forecast-other", 10))
    )
    wait_for("an answer through the route", lambda: ask(lab), 20, 0.2)
    seen = Counter(ask(lab) for _ in range(REQUESTS))
    # A pod that comes or goes anywhere makes Traefik count from the start again.
    assert seen.total() == REQUESTS
    assert set(seen) == {"forecast-stable", "forecast-other"}
    assert abs(seen["forecast-other"] - 10) <= 2, seen
    assert accepted_at(lab) == lab.get("httproute", "weighed")["metadata"]["generation"]
