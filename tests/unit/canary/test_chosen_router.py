"""Each release has the router that it asks for, and no second one behind its back."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.releases import decode
from canary.adapters.routers.chosen import ChosenRouter
from canary.adapters.touched import touched

if TYPE_CHECKING:
    from canary.adapters.kinds import Kind
    from canary.ports import Release

    from .fakeapi import FakeApi

Object = dict[str, Any]


def ingress(name: str, service: str) -> Object:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    rules = [{"host": "web.test", "http": {"paths": paths}}]
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {"rules": rules}}


def httproute(name: str, *services: str) -> Object:
    rules = [{"backendRefs": [{"name": each, "port": 80} for each in services]}]
    spec = {"parentRefs": [{"name": "entry"}], "hostnames": ["web.test"], "rules": rules}
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def routed(release: Release, router: str) -> Release:
    raw = deepcopy(dict(release.raw or {}))
    raw["spec"]["traffic"] = {"router": router, router: "web"}
    return decode(raw)


@pytest.fixture
def both(api: FakeApi) -> FakeApi:
    """An Ingress and an HTTPRoute of the same name, and a canary that can be reached."""
    api.put(kinds.INGRESS, ingress("web", "web-stable"))
    api.put(kinds.HTTPROUTE, httproute("web", "other"))
    labels = {"kubernetes.io/service-name": "web-canary"}
    meta = {"name": "web-canary-x", "namespace": "shop", "labels": labels}
    api.put(kinds.SLICE, {"metadata": meta, "endpoints": [{"conditions": {"ready": True}}]})
    return api


@pytest.mark.parametrize(
    ("router", "written"),
    [("ingress", "apply Ingress web-canary"), ("httproute", "apply HTTPRoute web")],
)
def test_the_weight_is_written_where_the_release_asks_for_it(
    both: FakeApi, release: Release, router: str, written: str
) -> None:
    asked, chosen = routed(release, router), ChosenRouter(both)
    chosen.ensure(asked, 10)
    assert both.writes == [written]
    assert (chosen.observe(asked).weight, chosen.observe(asked).problem) == (10, "")


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [("ingress", "httproute", "Ingress web-canary"), ("httproute", "ingress", "HTTPRoute web")],
)
def test_what_a_changed_router_leaves_behind_stalls_the_release(
    both: FakeApi, release: Release, before: str, after: str, left: str
) -> None:
    chosen = ChosenRouter(both)
    chosen.ensure(routed(release, before), 10)
    problem = chosen.observe(routed(release, after)).problem
    assert problem == (
        f"spec.traffic.router: {left} leads to Service web-canary too, past the {after}: delete it"
    )


def test_without_a_spec_there_is_nothing_to_do(both: FakeApi, release: Release) -> None:
    unread = decode(dict(release.raw or {}) | {"spec": {}})
    ChosenRouter(both).ensure(unread, 10)
    assert both.writes == []


def labelled(found: Object, **labels: str) -> Object:
    named = {f"canary.serin.dev/{key}": value for key, value in labels.items()}
    return found | {"metadata": found["metadata"] | {"labels": named}}


@pytest.mark.parametrize(
    ("kind", "found", "keys"),
    [
        pytest.param(kinds.INGRESS, ingress("x", "web-stable"), {"shop/web"}, id="Ingress to stable"),
        pytest.param(kinds.INGRESS, ingress("x", "web-canary"), {"shop/web"}, id="Ingress to canary"),
        pytest.param(kinds.INGRESS, ingress("x", "other"), set(), id="Ingress to something else"),
        pytest.param(
            kinds.HTTPROUTE, httproute("x", "web-stable"), {"shop/x", "shop/web"}, id="HTTPRoute to stable"
        ),
        pytest.param(kinds.HTTPROUTE, httproute("web"), {"shop/web"}, id="HTTPRoute that leads nowhere yet"),
        pytest.param(
            kinds.HTTPROUTE,
            labelled(httproute("x"), release="web"),
            {"shop/x", "shop/web"},
            id="HTTPRoute whose rules somebody took away",
        ),
    ],
)
def test_a_changed_route_concerns_the_releases_behind_it(kind: Kind, found: Object, keys: set[str]) -> None:
    assert touched(kind, found) == keys
