"""Names in queries are those that Traefik's kubernetesIngressNGINX provider gives its services."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canary.adapters.queries import Roles, roles
from canary.core.model import View
from canary.ports import MetricsQuery, RefusedError

QUERY = MetricsQuery(
    namespace="shop",
    release="web",
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


def test_without_a_port_nobody_is_led_there() -> None:
    assert roles(View.EDGE, replace(QUERY, port="")) == Roles("", "")


@pytest.mark.parametrize("port", ['http"} or up{a="', "HTTP", "h\nttp"])
def test_only_the_name_of_a_port_reaches_a_query(port: str) -> None:
    with pytest.raises(RefusedError, match="not a Kubernetes name"):
        roles(View.EDGE, replace(QUERY, port=port))
