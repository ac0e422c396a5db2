from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.kube import MANAGER
from canary.adapters.refusals import AbsentError
from canary.adapters.releases import decode
from canary.adapters.routers.httproute import HTTPRouteRouter
from canary.adapters.selectors import RELEASE_LABEL
from canary.core.model import RouteState
from canary.deadman.resets import reset
from canary.ports import ConflictError, RefusedError

if TYPE_CHECKING:
    from canary.ports import Release

    from .fakeapi import FakeApi

Object = dict[str, Any]
GATEWAY = {"name": "entry", "namespace": "edge"}
EVERYTHING = {"path": {"type": "PathPrefix", "value": "/"}}


@pytest.fixture
def release(release: Release) -> Release:
    """The usual release, with an HTTPRoute in place of the Ingress."""
    raw = deepcopy(dict(release.raw or {}))
    raw["spec"]["traffic"] = {"router": "httproute", "httproute": "web"}
    return decode(raw)


def ruled(release: Release, *rules: Object) -> Release:
    """The release after its owner gave its route these rules."""
    raw = deepcopy(dict(release.raw or {}))
    raw["spec"]["traffic"]["rules"] = list(rules)
    return decode(raw)


def serving(release: Release, weight: int) -> Release:
    """The release while its canary is to have `weight` percent of the users."""
    return replace(release, status=replace(release.status, weight=weight))


def route(name: str = "web", *backends: str, host: str = "web.test", **spec: Any) -> Object:
    """An HTTPRoute as a chart renders it; the API server adds a rule for everything when none is given."""
    refs = {"backendRefs": [{"name": each, "port": 80} for each in backends]} if backends else {}
    return {
        "metadata": {"name": name, "namespace": "shop", "generation": 1},
        "spec": {
            "parentRefs": [GATEWAY],
            "hostnames": [host],
            "rules": [{"matches": [EVERYTHING], **refs}],
            **spec,
        },
    }


def said(generation: int, accepted: str = "True", resolved: str = "True", **about: Any) -> Object:
    """A status in which one controller speaks about one generation."""
    conditions = [
        {
            "type": kind,
            "status": status,
            "observedGeneration": generation,
            "reason": "Why",
            "message": "so it is",
        }
        for kind, status in (("Accepted", accepted), ("ResolvedRefs", resolved))
    ]
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", **GATEWAY, **about}
    return {"parentRef": parent, "controllerName": "some.proxy/controller", "conditions": conditions}


def endpoints(*, ready: bool = True) -> Object:
    """Where the canary's Service leads."""
    labels = {"kubernetes.io/service-name": "web-canary"}
    return {
        "metadata": {"name": "web-canary-x", "namespace": "shop", "labels": labels},
        "endpoints": [{"addresses": ["192.0.2.1"], "conditions": {"ready": ready}}],
    }


@pytest.fixture
def router(api: FakeApi) -> HTTPRouteRouter:
    """The chart's route is there, accepted, and the canary has a pod."""
    api.put(kinds.HTTPROUTE, route() | {"status": {"parents": [said(1)]}})
    api.put(kinds.SLICE, endpoints())
    return HTTPRouteRouter(api)


def rules(api: FakeApi) -> list[Object]:
    found: list[Object] = api.get(kinds.HTTPROUTE, "shop", "web")["spec"]["rules"]
    return found


def edited(api: FakeApi, *owners: tuple[str, str], **spec: Any) -> None:
    """The route after somebody changed it; owners are managers and what of the spec they own."""
    found = api.get(kinds.HTTPROUTE, "shop", "web")
    found["spec"] |= spec
    found["metadata"]["managedFields"] = [
        {"manager": manager, "fieldsV1": {"f:spec": {f"f:{part}": {}}}} for manager, part in owners
    ]
    api.put(kinds.HTTPROUTE, found)


def test_both_services_stand_behind_the_one_rule_that_a_route_has_when_none_is_asked_for(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    router.ensure(release, 10)
    stable = {"name": "web-stable", "port": 80, "weight": 90}
    canary = {"name": "web-canary", "port": 80, "weight": 10}
    assert rules(api) == [{"backendRefs": [stable, canary]}]


def test_the_rules_of_the_release_are_kept_with_both_services_behind_each(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    matches = {"matches": [{"path": {"type": "Exact", "value": "/predict"}}]}
    slow = {"timeouts": {"request": "3s"}}
    router.ensure(ruled(release, matches, slow), 25)
    seen = [
        (set(rule) - {"backendRefs"}, [ref["weight"] for ref in rule["backendRefs"]]) for rule in rules(api)
    ]
    assert seen == [({"matches"}, [75, 25]), ({"timeouts"}, [75, 25])]


def test_nothing_but_the_rules_and_a_label_is_written(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    written: list[Object] = []
    apply = api.apply
    api.apply = lambda kind, body, **words: written.append(deepcopy(body)) or apply(kind, body, **words)  # type: ignore[func-returns-value,method-assign]
    router.ensure(release, 10)
    (body,) = written
    assert body["metadata"] == {
        "name": "web",
        "namespace": "shop",
        "labels": {RELEASE_LABEL: "web"},
        "resourceVersion": "1",
    }
    assert list(body["spec"]) == ["rules"]


def test_the_port_is_the_one_that_is_named_else_the_first(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    raw = deepcopy(dict(release.raw or {}))
    raw["spec"]["ports"] = [{"name": "admin", "port": 81}, {"name": "http", "port": 8000}]
    for chosen, number in (({}, 81), ({"port": "http"}, 8000)):
        raw["spec"]["traffic"] = {"router": "httproute", "httproute": "web"} | chosen
        asked = decode(raw)
        router.ensure(asked, 10)
        assert {ref["port"] for ref in rules(api)[0]["backendRefs"]} == {number}
        assert router.observe(asked).port == str(number)


def test_a_weight_is_one_write_and_none_when_it_is_there(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    for share in (0, 0, 10, 10):
        router.ensure(release, share)
    assert api.writes == ["apply HTTPRoute web"] * 2


def test_a_weight_decided_on_an_old_version_is_not_written(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    old = api.get(kinds.HTTPROUTE, "shop", "web")
    router.ensure(release, 10)
    fresh_get = api.get
    api.get = lambda kind, space, name: old if kind == kinds.HTTPROUTE else fresh_get(kind, space, name)  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        router.ensure(release, 25)


def test_without_a_route_nothing_is_made(api: FakeApi, release: Release) -> None:
    HTTPRouteRouter(api).ensure(release, 10)
    assert api.writes == []


def test_a_canary_without_a_ready_pod_gets_no_share_until_it_has_one(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    """A Gateway answers the share of a Service without endpoints itself: with errors that nobody counts."""
    asked = serving(release, 10)
    router.ensure(asked, 10)
    api.put(kinds.SLICE, endpoints(ready=False))
    router.ensure(asked, 10)
    seen = router.observe(asked)
    assert seen.weight == 0
    assert seen.pending == "Service web-canary has no Ready pod, so its share goes to stable"
    api.put(kinds.SLICE, endpoints())
    router.ensure(asked, 10)
    assert router.observe(asked).weight == 10


def test_while_no_canary_is_asked_for_nobody_minds_that_it_has_no_pod(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    api.put(kinds.SLICE, endpoints(ready=False))
    router.ensure(release, 0)
    assert router.observe(release) == RouteState(0, port="80")


@pytest.mark.parametrize(
    ("parents", "words"),
    [
        pytest.param([said(7)], "", id="accepted as it is"),
        pytest.param([said(6)], "has not taken in HTTPRoute web as it is now", id="accepted as it was"),
        pytest.param([], "has not taken in HTTPRoute web as it is now", id="nobody spoke"),
        pytest.param(
            [said(7, resolved="False")],
            "does not reach the backends of HTTPRoute web (Why: so it is)",
            id="without backends",
        ),
        pytest.param(
            [said(6, accepted="False")], "has not taken in HTTPRoute web as it is now", id="refused as it was"
        ),
        pytest.param(
            [said(7, namespace="other")],
            "has not taken in HTTPRoute web as it is now",
            id="another Gateway's word",
        ),
        pytest.param(
            [said(7, sectionName="tls")],
            "has not taken in HTTPRoute web as it is now",
            id="another listener's word",
        ),
        pytest.param([said(6, accepted="False"), said(7)], "", id="an earlier controller's word"),
    ],
)
def test_a_weight_counts_once_every_gateway_accepted_the_route_as_it_is(
    api: FakeApi, release: Release, router: HTTPRouteRouter, parents: list[Object], words: str
) -> None:
    router.ensure(release, 10)
    found = api.get(kinds.HTTPROUTE, "shop", "web")
    found["metadata"]["generation"] = 7
    api.put(kinds.HTTPROUTE, found | {"status": {"parents": parents}})
    seen = router.observe(release)
    assert (seen.weight, seen.problem) == (10, "")
    assert words in seen.pending
    assert bool(words) == bool(seen.pending)


def test_each_of_several_gateways_has_to_accept(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    second = {"name": "inner"}
    found = route(parentRefs=[GATEWAY, second]) | {"status": {"parents": [said(1)]}}
    api.put(kinds.HTTPROUTE, found)
    assert router.observe(release).pending == "Gateway shop/inner has not taken in HTTPRoute web as it is now"
    found["status"]["parents"].append(said(1, name="inner", namespace="shop"))
    api.put(kinds.HTTPROUTE, found)
    assert router.observe(release).pending == ""


def test_a_stranger_who_writes_the_rules_is_named_and_his_edit_undone(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    router.ensure(release, 10)
    wanted = rules(api)
    theirs = deepcopy(wanted)
    for ref, weight in zip(theirs[0]["backendRefs"], (10, 90), strict=True):
        ref["weight"] = weight
    edited(api, ("helm", "hostnames"), ("kubectl-edit", "rules"), rules=theirs)
    seen = router.observe(release)
    assert (seen.weight, seen.foreign) == (90, "kubectl-edit")
    router.ensure(release, 10)
    assert rules(api) == wanted


def test_a_stranger_who_adds_to_a_rule_and_leaves_the_weight_is_undone_too(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    router.ensure(release, 10)
    wanted = rules(api)
    edited(api, ("kubectl-edit", "rules"), rules=[wanted[0] | {"timeouts": {"request": "1ms"}}])
    router.ensure(release, 10)
    assert rules(api) == wanted


def test_who_only_agrees_with_us_is_no_stranger(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    router.ensure(release, 10)
    edited(api, (MANAGER, "rules"), ("backup", "rules"))
    router.ensure(release, 10)
    assert router.observe(release).foreign == ""
    assert api.writes == ["apply HTTPRoute web"]


def test_whoever_made_the_route_has_edited_no_weight(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    edited(api, ("kubectl-create", "rules"))
    assert router.observe(release) == RouteState(None, port="80")


@pytest.mark.parametrize(
    ("weights", "seen"),
    [
        ([(90, 10)], 10),
        ([(9, 1)], 10),
        ([(0, 10)], 100),
        ([(0, 0)], 0),
        ([(90, 10), (50, 50)], 50),
    ],
    ids=["of a hundred", "of ten", "stable cut off", "nobody", "two rules that differ"],
)
def test_the_weight_is_the_largest_share_that_a_rule_gives_the_canary(
    api: FakeApi, release: Release, router: HTTPRouteRouter, weights: list[tuple[int, int]], seen: int
) -> None:
    refs = [
        [
            {"name": "web-stable", "port": 80, "weight": stable},
            {"name": "web-canary", "port": 80, "weight": canary},
        ]
        for stable, canary in weights
    ]
    edited(api, (MANAGER, "rules"), rules=[{"backendRefs": each} for each in refs])
    assert router.observe(release).weight == seen


REFUSED = {"status": {"parents": [said(1, accepted="False")]}}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param([], "spec.traffic.httproute: HTTPRoute web does not exist", id="missing"),
        pytest.param([route(parentRefs=[])], "HTTPRoute web names no Gateway", id="no parent"),
        pytest.param(
            [route() | REFUSED], "Gateway edge/entry does not accept it: Why: so it is", id="refused"
        ),
        pytest.param(
            [route(), route("second", "web-canary", host="b.test")],
            "HTTPRoute second leads to Service web-canary past the weight",
            id="past the weight",
        ),
        pytest.param(
            [route(), route("second", "other")],
            "HTTPRoute second claims the same host and path as web",
            id="the same host and path",
        ),
        pytest.param(
            [route(), route("second", "other", parentRefs=[{"name": "inner"}])], "", id="another Gateway"
        ),
        pytest.param(
            [route(), route("second", "other", rules=[{"matches": [{"path": {"value": "/other"}}]}])],
            "",
            id="another path",
        ),
        pytest.param(
            [route(), route("second", "web-stable", host="b.test")], "", id="a second way to stable"
        ),
    ],
)
def test_what_is_wrong_with_a_route_is_said(
    api: FakeApi, release: Release, found: list[Object], words: str
) -> None:
    for each in found:
        api.put(kinds.HTTPROUTE, each)
    problem = HTTPRouteRouter(api).observe(release).problem
    assert words in problem
    assert bool(words) == bool(problem)


@pytest.mark.parametrize(
    "theirs",
    [
        {"path": {"type": "PathPrefix", "value": "/predict/"}},
        {"path": {"value": "/predict"}},
        {"path": {"value": "/predict"}, "headers": []},
    ],
    ids=["with a slash", "without the usual type", "with nothing else"],
)
def test_the_same_claim_is_known_in_every_spelling(
    api: FakeApi, release: Release, router: HTTPRouteRouter, theirs: Object
) -> None:
    asked = ruled(release, {"matches": [{"path": {"type": "PathPrefix", "value": "/predict"}}]})
    api.put(kinds.HTTPROUTE, route("second", "other", rules=[{"matches": [theirs]}]))
    assert "claims the same host and path" in router.observe(asked).problem


def test_a_more_special_claim_of_somebody_else_is_none_of_our_business(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    special = [EVERYTHING | {"method": "POST"}, EVERYTHING | {"headers": [{"name": "A", "value": "b"}]}]
    api.put(kinds.HTTPROUTE, route("second", "other", rules=[{"matches": special}]))
    assert router.observe(release).problem == ""


def test_a_cluster_without_the_gateway_api_is_said_to_be_one(api: FakeApi, release: Release) -> None:
    def absent(*_: object) -> Object:
        raise AbsentError("HTTPRoute: read: the cluster has no such kind")

    api.get = absent  # type: ignore[method-assign]
    router = HTTPRouteRouter(api)
    assert router.observe(release).problem == (
        "spec.traffic.router: the cluster has no HTTPRoute: install the Gateway API or choose ingress"
    )
    router.ensure(release, 0)
    assert api.writes == []


def labelled(api: FakeApi, holder: str) -> None:
    """The route after the controller wrote its rules for a release."""
    found = api.get(kinds.HTTPROUTE, "shop", "web")
    found["metadata"]["labels"] = {RELEASE_LABEL: holder}
    api.put(kinds.HTTPROUTE, found)


def other_release(name: str, httproute: str) -> Object:
    traffic = {"router": "httproute", "httproute": httproute}
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {"traffic": traffic}}


@pytest.mark.parametrize(
    "other",
    [other_release("first", "elsewhere"), other_release("third", "web")],
    ids=["names another one now", "is gone"],
)
def test_the_rules_are_taken_over_from_a_release_that(
    api: FakeApi, release: Release, router: HTTPRouteRouter, other: Object
) -> None:
    labelled(api, "first")
    api.put(kinds.RELEASE, other)
    assert router.observe(release).problem == ""
    router.ensure(release, 10)
    assert router.observe(release).weight == 10


def test_the_rules_of_another_release_are_left_alone(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    labelled(api, "first")
    api.put(kinds.RELEASE, other_release("first", "web"))
    assert "its rules are those of release first" in router.observe(release).problem
    with pytest.raises(RefusedError, match="give each release its own"):
        router.ensure(release, 10)
    assert api.writes == []


def test_the_dead_mans_mark_is_seen_forbids_any_weight_and_goes_when_told(
    api: FakeApi, release: Release, router: HTTPRouteRouter
) -> None:
    router.ensure(release, 10)
    found = api.get(kinds.HTTPROUTE, "shop", "web")
    raw = {"metadata": {"name": "web", "namespace": "shop"}}
    traffic = {"spec": {"traffic": {"router": "httproute", "httproute": "web"}}}
    change = reset(raw | traffic, found, "then: why")
    assert change is not None
    api.merge(kinds.HTTPROUTE, change)
    seen = router.observe(release)
    assert (seen.weight, seen.mark) == (0, "then: why")
    with pytest.raises(ConflictError, match="dead-man set its weight to 0"):
        router.ensure(release, 10)
    before = len(api.writes)
    router.ensure(release, 0)
    assert len(api.writes) == before
    router.unmark(release)
    router.unmark(release)
    assert api.writes[before:] == ["merge HTTPRoute web"]
    assert router.observe(release).mark == ""
