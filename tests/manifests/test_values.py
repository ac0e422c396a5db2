"""Values of the charts: closed, checked, documented."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .charts import CONTROLLER, DASHBOARD, FORECAST, IMAGE, PAGES, PRODUCTION, STAGING, SYSTEM, helm, template

CHARTS = [FORECAST, DASHBOARD, CONTROLLER]


def leaves(values: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in values.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from leaves(value, name)
        else:
            yield name


def of(chart: Path) -> set[str]:
    return set(leaves(yaml.safe_load((chart / "values.yaml").read_text())))


def explained(readme: str) -> set[str]:
    """The names in the first column of the first table."""
    table = readme.split("| value |", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_value_is_explained_and_nothing_else(chart: Path) -> None:
    assert of(chart) == explained((chart / "README.md").read_text())


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_a_value_without_explanation_is_noticed(chart: Path) -> None:
    readme = (chart / "README.md").read_text().replace("| `image.tag` |", "| |")
    assert {"image.tag"} == of(chart) - explained(readme)


def test_every_fault_of_the_schema_is_explained() -> None:
    schema = yaml.safe_load((FORECAST / "values.schema.json").read_text())
    known = set(schema["properties"]["faults"]["properties"]) - {"enabled"}
    table = (FORECAST / "README.md").read_text().split("| key |", 1)[1].split("\n\n", 1)[0]
    assert known == set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


def open_objects(schema: Any, path: str = "") -> Iterator[str]:
    """Paths of object schemas that would let a misspelt key pass."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from open_objects(item, f"{path}[{index}]")
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "additionalProperties" not in schema:
            yield path
        for key, value in schema.items():
            yield from open_objects(value, f"{path}.{key}" if path else key)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_object_of_the_schema_is_closed(chart: Path) -> None:
    assert list(open_objects(yaml.safe_load((chart / "values.schema.json").read_text()))) == []


def test_an_open_object_is_noticed() -> None:
    schema = yaml.safe_load((FORECAST / "values.schema.json").read_text())
    del schema["properties"]["canary"]["properties"]["budget"]["additionalProperties"]
    assert list(open_objects(schema)) == ["properties.canary.properties.budget"]


@pytest.mark.parametrize(
    ("chart", "words"),
    [(FORECAST, STAGING), (FORECAST, PRODUCTION), (DASHBOARD, PAGES), (CONTROLLER, SYSTEM)],
    ids=["staging", "production", "dashboard", "controller"],
)
def test_helm_lint_has_nothing_to_say(chart: Path, words: tuple[str, ...]) -> None:
    done = helm("lint", "--strict", str(chart), *words, *IMAGE)
    assert done.returncode == 0, done.stdout
    assert "1 chart(s) linted, 0 chart(s) failed" in done.stdout


def test_helm_lint_refuses_a_typo() -> None:
    assert (
        helm("lint", "--strict", str(FORECAST), *PRODUCTION, "--set", "canery.enabled=true").returncode != 0
    )


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("replica=3", "replica"),
        ("canary.step=1", "step"),
        ("image.tagg=x", "tagg"),
        ("canary.rules.errors.maximum=1%", "maximum"),
        ("resources.limits.memmory=1Gi", "memmory"),
        ("replicas=0", "/replicas"),
        ("replicas=two", "/replicas"),
        ("canary.rollbackWindow=soon", "/canary/rollbackWindow"),
        ("canary.rules.errors.max=1", "/canary/rules/errors/max"),
        ("canary.rules.latency.for=101%", "/canary/rules/latency/for"),
        ("canary.steps[0].weight=110", "/canary/steps/0/weight"),
        ("disruption.maxUnavailable=all", "/disruption/maxUnavailable"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("image.digest=sha256:abc", "/image/digest"),
        ("model.digest=abc", "/model/digest"),
        ("model.version=../../etc", "/model/version"),
        ("ingress.host=Not A Host", "/ingress/host"),
        ("ingress.router=gateway", "/ingress/router"),
        ("ingress.gateway.listener=web", "listener"),
        ("ingress.router=httproute,ingress.tlsSecret=cert", "/ingress/tlsSecret"),
        ("faults.error.status=503", "/faults/enabled"),
        ("faults.enabled=true,faults.error.status=200", "/faults/error/status"),
        ("faults.enabled=true,faults.slowness.ratio=1", "slowness"),
    ],
)
def test_the_forecast_chart_refuses_bad_values_and_names_them(value: str, named: str) -> None:
    refused = template(FORECAST, *PRODUCTION, *IMAGE, "--set", value)
    assert refused.returncode != 0
    assert named in refused.stderr


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("prometheus.uri=http://x", "uri"),
        ("prometheus.url=prometheus:9090", "/prometheus/url"),
        ("replicas=3", "/replicas"),
        ("proxySettle=-1", "/proxySettle"),
        ("scope.namespace=Not_Valid", "/scope/namespace"),
        ("crds.instal=true", "instal"),
        ("page.reader=users", "reader"),
        ("page.readers=users", "/page/readers"),
        ("page.readers=nobody", "/page/readers"),
        ("page.users[0].name=ann,page.users[0].role=operator,page.secret=s", "actsAs"),
        ("page.users[0].name=ann,page.users[0].role=viewer", "/page/secret"),
        ("page.users[0].name=Ann,page.users[0].role=viewer,page.secret=s", "/page/users/0/name"),
        ("page.users[0].name=ann,page.users[0].role=admin,page.secret=s", "/page/users/0/role"),
        (
            "page.users[0].name=a,page.users[0].role=operator,page.users[0].actsAs=system:masters,page.secret=s",
            "/page/users/0/actsAs",
        ),
        ("page.sessionMinutes=0", "/page/sessionMinutes"),
        ("page.ingress.enabled=true", "/page/ingress/host"),
    ],
)
def test_the_controller_chart_refuses_bad_values_and_names_them(value: str, named: str) -> None:
    refused = template(CONTROLLER, *SYSTEM, *IMAGE, "--set", value)
    assert refused.returncode != 0
    assert named in refused.stderr


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("forecast.uri=http://x", "uri"),
        ("forecast.url=traefik", "/forecast/url"),
        ("forecast.url=http://me:secret@traefik", "/forecast/url"),
        ("forecast.host=Not A Host", "/forecast/host"),
        ("forecast.tries=0", "/forecast/tries"),
        ("forecast.timeoutSeconds=0", "/forecast/timeoutSeconds"),
        ("replicas=0", "/replicas"),
        ("database.url=postgresql://x", "url"),
        ("database.volume.size=much", "/database/volume/size"),
        ("session.key=secret", "key"),
        ("networkPolicy.egress[0].port=5432", "port"),
        ("replicas=2", "more than one pod cannot share SQLite"),
    ],
)
def test_the_dashboard_chart_refuses_bad_values_and_names_them(value: str, named: str) -> None:
    refused = template(DASHBOARD, *PAGES, *IMAGE, "--set", value)
    assert refused.returncode != 0
    assert named in refused.stderr
