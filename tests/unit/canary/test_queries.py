"""Names in queries are those that Traefik's kubernetesIngressNGINX provider gives its services."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canary.adapters.queries import Roles, roles, samples, views
from canary.core.model import Source, View
from canary.ports import MetricsQuery, RefusedError

QUERY = MetricsQuery(
    namespace="shop",
    release="web",
    router="ingress",
    route="entry",
    port="http",
    stable_revision="aaaa",
    canary_revision="bbbb",
    within=None,
    application=None,
    since=dict.fromkeys(View, 90.0),
    exposed=85.0,
    step=90.0,
    settled=92.0,
    recent=90.0,
    now=100.0,
)
HTTPROUTE = replace(QUERY, router="httproute", port="80")
PROVIDER = "@kubernetesingressnginx"


def named(place: str) -> Roles:
    return Roles(f"{place}-canary{PROVIDER}", f"{place}{PROVIDER}")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"port": "http"}, "shop-entry-web-stable-http"),
        ({"port": "8080"}, "shop-entry-web-stable-8080"),
        ({"port": "grpc-web"}, "shop-entry-web-stable-grpc-web"),
        ({"route": "shop.test"}, "shop-shop-test-web-stable-http"),
        ({"route": "a--b", "release": "c---d"}, "shop-a-b-c-d-stable-http"),
    ],
    ids=["port by name", "port by number", "dash in the port", "dot in the Ingress", "dashes in a row"],
)
def test_the_edge_counts_by_namespace_ingress_service_and_port(fields: dict[str, str], place: str) -> None:
    assert roles(View.EDGE, replace(QUERY, **fields)) == named(place)


def served(service: str, place: str = "shop-entry-gw-traefik-traefik-ep-web-0-0123456789abcdef0123") -> str:
    """The name of a service as Traefik's Gateway provider makes it."""
    return f"httproute-{place}-svc-{service}@kubernetesgateway"


@pytest.mark.parametrize(
    ("fields", "value", "role"),
    [
        ({}, served("shop-web-canary-1"), "canary"),
        ({}, served("shop-web-stable-0"), "stable"),
        ({}, served("shop-web-stable-0", "shop-entry-gw-other-ns-edge-ep-websecure-3-ffff"), "stable"),
        (
            {"route": "shop.test"},
            served("shop-web-canary-1", "shop-shop-test-gw-a-b-ep-web-0-ffff"),
            "canary",
        ),
        ({"route": "a--b"}, served("shop-web-canary-1", "shop-a-b-gw-a-b-ep-web-0-ffff"), "canary"),
        ({"release": "c--d"}, served("shop-c--d-canary-1"), "canary"),
        ({}, served("shop-web-other-0"), ""),
        ({}, served("shop-web-canary-1", "shop-second-gw-a-b-ep-web-0-ffff"), ""),
        ({}, served("shop-web2-canary-1"), ""),
        ({}, served("shop-web-canary-1").replace("gateway", "crd"), ""),
        ({}, "shop-entry-web-stable-80@kubernetesingressnginx", ""),
        ({}, "", ""),
    ],
)
def test_the_edge_counts_every_rule_match_and_listener_of_an_httproute(
    fields: dict[str, str], value: str, role: str
) -> None:
    assert roles(View.EDGE, replace(HTTPROUTE, **fields)).of(value) == role


def test_one_query_asks_for_all_services_of_an_httproute() -> None:
    place = "httproute-shop-entry-gw-.+-svc-shop-web"
    pattern = "|".join(f"{place}-{role}-[0-9]+@kubernetesgateway" for role in ("canary", "stable"))
    assert f'service=~"{pattern}"' in samples(View.EDGE, HTTPROUTE, ())


def test_without_a_port_nobody_is_led_there() -> None:
    assert roles(View.EDGE, replace(QUERY, port="")) == Roles("", "")


@pytest.mark.parametrize("port", ['http"} or up{a="', "HTTP", "h\nttp"])
def test_only_the_name_of_a_port_reaches_a_query(port: str) -> None:
    with pytest.raises(RefusedError, match="not a Kubernetes name"):
        roles(View.EDGE, replace(QUERY, port=port))


TOLD = replace(QUERY, application=Source("duration_seconds", "status"))


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (QUERY, (View.EDGE,)),
        (TOLD, tuple(View)),
        (replace(TOLD, only=View.EDGE), (View.EDGE,)),
        (replace(TOLD, only=View.APPLICATION), (View.APPLICATION,)),
        (replace(QUERY, only=View.APPLICATION), ()),
    ],
    ids=["no application metrics", "both", "way back", "way back with a Service", "nobody tells"],
)
def test_who_is_asked(query: MetricsQuery, asked: tuple[View, ...]) -> None:
    assert views(query) == asked
