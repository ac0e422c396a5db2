"""What whoever is on call leans on: loaded alerts, a board with data, requests that are found by their id."""

from __future__ import annotations

import json
import os
import secrets
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from tests.manifests.board import QUIET, queries
from tests.manifests.test_alerts import rules

from .lab import ENTRY, Lab, Traffic, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.cluster]

STORE = os.environ.get("PROMETHEUS_URL", "http://127.0.0.1:9090")
FAILING = json.dumps({"enabled": True, "error": {"ratio": 1.0, "status": 500}})
ASK = "/predict?branch=Dubai+Mall&date=2025-12"


def prometheus(path: str, **query: str) -> Any:
    """The data of an answer of Prometheus' API; an error fails."""
    url = f"{STORE}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body = json.load(answer)
    except HTTPError as error:
        raise AssertionError(f"{url}: {error.code}: {error.read()[:300]!r}") from error
    assert body["status"] == "success", body
    return body["data"]


def test_prometheus_has_loaded_every_alert_and_can_evaluate_it() -> None:
    def evaluated() -> dict[str, str]:
        groups = prometheus("rules", type="alert")["groups"]
        found = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
        return {} if "unknown" in found.values() else found

    assert wait_for("every rule evaluated once", evaluated, 60) == dict.fromkeys(rules(), "ok")


def test_the_board_has_data_while_a_release_runs(lab: Lab, traffic: Callable[[int], Traffic]) -> None:
    lab.healthy(model__version="v0")
    traffic(20)
    lab.upgrade(model__version="v1")
    lab.until_weight(10)
    lab.canary("pause")
    chosen = {"namespace": lab.namespace, "release": lab.name}

    def silent() -> list[tuple[str, str]]:
        """Queries without data, of panels that should have some."""
        asked = [each for each in queries(chosen) if each[0] not in QUIET]
        return [(title, query) for title, query in asked if not prometheus("query", query=query)["result"]]

    try:
        wait_for("data in every panel", lambda: not silent(), 90, pause=5)
    except AssertionError as late:
        raise AssertionError(f"{late}: {silent()}") from late
    for query in [query for title, query in queries(chosen) if title in QUIET]:
        prometheus("query", query=query)
    (seen,) = prometheus(
        "query", query=f'canary_release_weight_asked{{release_namespace="{lab.namespace}"}}'
    )["result"]
    assert seen["value"][1] == "10"


def ask(lab: Lab, **headers: str) -> tuple[int, str]:
    """One user request with these headers: its status, and the id that came back."""
    request = urllib.request.Request(f"{ENTRY}{ASK}", headers={"Host": lab.host, **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers["X-Request-Id"]
    except HTTPError as error:
        return error.code, error.headers["X-Request-Id"]


def logged(lab: Lab, revision: str) -> list[dict[str, Any]]:
    """The access lines of all pods of a revision."""
    words = ("logs", "-l", f"canary.serin.dev/revision={revision}", "--tail=-1", "--prefix=false")
    lines = [json.loads(line) for line in lab.kubectl(*words).splitlines()]
    return [line for line in lines if line["logger"] == "service.access"]


def passed_on(lab: Lab) -> list[dict[str, Any]]:
    """The lines of the entrance about requests that failed."""
    run, kubectl = lab.tools.run, lab.tools.kubectl
    said = run(kubectl, "-n", "traefik", "logs", "-l", "app.kubernetes.io/name=traefik", "--tail=-1")
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [line for line in lines if "RequestMethod" in line]


def test_a_request_is_found_by_its_id_in_one_revision_and_at_the_entrance_if_it_failed(lab: Lab) -> None:
    stable = lab.healthy(model__version="v1")
    lab.upgrade(model__version="v1", faults=FAILING)
    lab.until_weight(10)
    canary = lab.status()["canaryRevision"]
    asked = [f"{lab.namespace}-{number}" for number in range(60)]
    answers = {given: ask(lab, **{"X-Request-Id": given}) for given in asked}
    assert {given: came for given, (_, came) in answers.items()} == {given: given for given in asked}

    held = {
        revision: [line["request_id"] for line in logged(lab, revision) if line["request_id"] in answers]
        for revision in (stable, canary)
    }
    assert sorted(held[stable] + held[canary]) == sorted(asked)
    failed = {given for given, (status, _) in answers.items() if status == 500}
    assert failed, "no request met the canary: the test proves nothing"
    assert set(held[canary]) == failed
    at_the_entrance = {
        line["request_X-Request-Id"]: line
        for line in passed_on(lab)
        if line.get("request_X-Request-Id") in answers
    }
    assert at_the_entrance.keys() == failed
    pods = json.loads(lab.kubectl("get", "pods", "-l", f"canary.serin.dev/revision={canary}", "-o", "json"))
    addresses = {pod["status"]["podIP"] for pod in pods["items"]}
    assert {line["ServiceAddr"].partition(":")[0] for line in at_the_entrance.values()} <= addresses


def test_a_trace_is_found_by_its_id_and_names_the_request(lab: Lab) -> None:
    revision = lab.healthy(model__version="v1")
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    assert ask(lab, traceparent=f"00-{trace}-{span}-01") == (200, trace)
    (line,) = [line for line in logged(lab, revision) if line.get("trace_id") == trace]
    assert (line["parent_id"], line["request_id"], line["status"]) == (span, trace, 200)


def test_the_way_out_leaves_a_service_that_serves_and_belongs_to_nobody(
    lab: Lab, traffic: Callable[[int], Traffic]
) -> None:
    revision = lab.healthy(model__version="v1")
    users = traffic(20)
    wait_for("users", lambda: len(users.requests()) > 20, 30)
    lab.kubectl("delete", "canaryrelease", lab.name, "--cascade=orphan")

    def phases() -> list[Any]:
        query = f'canary_release_phase{{release_namespace="{lab.namespace}"}}'
        found: list[Any] = prometheus("query", query=query)["result"]
        return found

    wait_for("no series of the release", lambda: not phases(), 60)
    requests = users.stop()
    assert [one for one in requests if one["status"] != 200] == []
    kept = {"deployment": f"{lab.name}-{revision}", "service": f"{lab.name}-stable", "ingress": lab.name}
    owners = [lab.get(kind, name)["metadata"].get("ownerReferences") for kind, name in kept.items()]
    assert owners == [None] * len(kept)
    assert ask(lab)[0] == 200
