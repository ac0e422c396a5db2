from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.annotations import MARK
from canary.adapters.routers.ingress import IngressRouter
from canary.adapters.routers.paths import CANARY, WEIGHT, weight
from canary.ports import ConflictError, RefusedError

if TYPE_CHECKING:
    from canary.ports import Release

    from .fakeapi import FakeApi


def backend(service: str, **port: Any) -> dict[str, Any]:
    return {"service": {"name": service, "port": port or {"name": "http"}}}


def route(name: str, service: str = "web-stable", host: str = "web.test", **notes: str) -> dict[str, Any]:
    path = {"path": "/", "pathType": "Prefix", "backend": backend(service)}
    return {
        "metadata": {"name": name, "namespace": "shop", "annotations": notes},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [path]}}]},
    }


def test_the_canary_ingress_copies_class_host_path_and_type(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    IngressRouter(api).ensure(release, 10)
    made = api.get(kinds.INGRESS, "shop", "web-canary")
    assert made["spec"] == route("x", service="web-canary")["spec"]
    assert made["metadata"]["annotations"] == {CANARY: "true", WEIGHT: "10"}
    assert made["metadata"]["ownerReferences"][0]["uid"] == "uid-web"


def test_only_paths_to_the_stable_service_are_shared(api: FakeApi, release: Release) -> None:
    stable = route("web")
    extra = {"path": "/shop", "pathType": "Exact", "backend": backend("shop")}
    stable["spec"]["rules"][0]["http"]["paths"].append(extra)
    stable["spec"]["rules"].append({"host": "other.test", "http": {"paths": [extra]}})
    api.put(kinds.INGRESS, stable)
    IngressRouter(api).ensure(release, 0)
    rules = api.get(kinds.INGRESS, "shop", "web-canary")["spec"]["rules"]
    assert [(rule["host"], [path["path"] for path in rule["http"]["paths"]]) for rule in rules] == [
        ("web.test", ["/"])
    ]


def test_the_old_class_annotation_is_followed(api: FakeApi, release: Release) -> None:
    stable = route("web", **{"kubernetes.io/ingress.class": "nginx"})
    del stable["spec"]["ingressClassName"]
    api.put(kinds.INGRESS, stable)
    IngressRouter(api).ensure(release, 0)
    made = api.get(kinds.INGRESS, "shop", "web-canary")
    assert made["metadata"]["annotations"]["kubernetes.io/ingress.class"] == "nginx"
    assert "ingressClassName" not in made["spec"]


def test_a_weight_is_one_write_and_none_when_it_is_there(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    router = IngressRouter(api)
    for share in (0, 0, 10, 10):
        router.ensure(release, share)
    assert api.writes == ["apply Ingress web-canary"] * 2


def test_a_changed_host_is_followed(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    router = IngressRouter(api)
    router.ensure(release, 10)
    api.put(kinds.INGRESS, route("web", host="new.test"))
    router.ensure(release, 10)
    assert api.get(kinds.INGRESS, "shop", "web-canary")["spec"]["rules"][0]["host"] == "new.test"


def test_a_weight_decided_on_an_old_version_is_not_written(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    router = IngressRouter(api)
    router.ensure(release, 10)
    old = api.get(kinds.INGRESS, "shop", "web-canary")
    api.merge(kinds.INGRESS, {"metadata": {"name": "web-canary", "namespace": "shop", "labels": {"a": "b"}}})
    fresh_get = api.get
    api.get = lambda kind, space, name: old if name == "web-canary" else fresh_get(kind, space, name)  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        router.ensure(release, 25)


def test_traffic_can_be_taken_back_when_the_stable_ingress_is_gone(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    router = IngressRouter(api)
    router.ensure(release, 50)
    api.delete(kinds.INGRESS, "shop", "web", "uid-web")
    router.ensure(release, 0)
    assert router.observe(release).weight == 0


def test_without_any_route_nothing_is_made(api: FakeApi, release: Release) -> None:
    IngressRouter(api).ensure(release, 0)
    assert api.writes == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param([], "Ingress web does not exist", id="missing"),
        pytest.param([route("web", service="other")], "has no rule for Service web-stable", id="no rule"),
        pytest.param(
            [{"metadata": route("web")["metadata"], "spec": {"defaultBackend": backend("web-stable")}}],
            "only as defaultBackend",
            id="default backend",
        ),
        pytest.param(
            [route("web"), route("second", host="b.test")],
            "Ingress second leads to Service web-stable too",
            id="two Ingresses on one Service",
        ),
        pytest.param(
            [route("web"), route("rogue", service="rogue", **{CANARY: "true"})],
            "Ingress rogue is another canary",
            id="foreign canary",
        ),
        pytest.param(
            [route("web"), route("web-canary", service="x")],
            "web-canary: write: it belongs to somebody else",
            id="foreign owner",
        ),
        pytest.param([route("web"), route("calm", service="calm", host="c.test")], "", id="nothing wrong"),
    ],
)
def test_what_is_wrong_with_a_route_is_said(
    api: FakeApi, release: Release, found: list[dict[str, Any]], words: str
) -> None:
    for each in found:
        api.put(kinds.INGRESS, each)
    problem = IngressRouter(api).observe(release).problem
    assert words in problem
    assert bool(words) == bool(problem)


def led_to(*ports: dict[str, Any]) -> dict[str, Any]:
    """The stable Ingress with a path for each port."""
    ingress = route("web")
    ingress["spec"]["rules"][0]["http"]["paths"] = [
        {"path": f"/{number}", "pathType": "Prefix", "backend": backend("web-stable", **port)}
        for number, port in enumerate(ports)
    ]
    return ingress


@pytest.mark.parametrize(
    ("ports", "seen"),
    [
        ([{"name": "http"}], "http"),
        ([{"name": "web"}], "web"),
        ([{"number": 8080}], "8080"),
        ([{"name": "web"}, {"name": "web"}], "web"),
    ],
    ids=["the usual name", "another name", "a number", "twice the same"],
)
def test_the_port_that_users_are_led_to_is_seen(
    api: FakeApi, release: Release, ports: list[dict[str, Any]], seen: str
) -> None:
    api.put(kinds.INGRESS, led_to(*ports))
    router = IngressRouter(api)
    before = router.observe(release)
    router.ensure(release, 10)
    after = router.observe(release)
    assert (before.port, before.problem, after.port, after.problem) == (seen, "", seen, "")


def test_users_on_two_ports_cannot_be_judged(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, led_to({"name": "http"}, {"number": 81}))
    problem = IngressRouter(api).observe(release).problem
    assert "Ingress web leads to ports http and 81 of Service web-stable" in problem


def test_without_a_stable_route_there_is_no_port(api: FakeApi, release: Release) -> None:
    assert IngressRouter(api).observe(release).port == ""


def test_an_annotation_that_changes_the_split_is_a_problem(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    router = IngressRouter(api)
    router.ensure(release, 10)
    total = {"nginx.ingress.kubernetes.io/canary-weight-total": "1000"}
    place = {"name": "web-canary", "namespace": "shop"}
    api.merge(kinds.INGRESS, {"metadata": place | {"annotations": total}})
    assert "canary-weight-total changes the split" in router.observe(release).problem


def test_an_ingress_of_somebody_else_is_never_written(api: FakeApi, release: Release) -> None:
    api.put(kinds.INGRESS, route("web"))
    api.put(kinds.INGRESS, route("web-canary", service="x"))
    with pytest.raises(RefusedError, match="belongs to somebody else"):
        IngressRouter(api).ensure(release, 10)
    assert api.writes == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("100", 100),
        ("101", None),
        ("-1", None),
        ("ten", None),
        ("", None),
        ("1e1", None),
        ("٣", None),
    ],
)
def test_only_a_percentage_is_a_weight(text: str, expected: int | None) -> None:
    assert weight(route("web", **{WEIGHT: text})) == expected


def test_the_dead_mans_mark_is_seen_forbids_any_weight_and_goes_when_told(
    api: FakeApi, release: Release
) -> None:
    api.put(kinds.INGRESS, route("web"))
    router = IngressRouter(api)
    router.ensure(release, 10)
    api.merge(
        kinds.INGRESS,
        {
            "metadata": {
                "name": "web-canary",
                "namespace": "shop",
                "annotations": {WEIGHT: "0", MARK: "then: why"},
            }
        },
    )
    seen = router.observe(release)
    assert (seen.weight, seen.foreign, seen.mark, seen.pending) == (0, "", "then: why", "")
    with pytest.raises(ConflictError, match="dead-man set its weight to 0"):
        router.ensure(release, 10)
    before = len(api.writes)
    router.ensure(release, 0)
    assert len(api.writes) == before
    router.unmark(release)
    router.unmark(release)
    assert api.writes[before:] == ["merge Ingress web-canary"]
    assert router.observe(release).mark == ""
