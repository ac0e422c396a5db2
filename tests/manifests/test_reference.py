"""The reference pages say what the schemas say, and the schemas leave no field unexplained."""

from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge

from .charts import CONTROLLER, DASHBOARD, FORECAST, Manifest, definitions, schema_of
from .figures import controllers, dashboards, deadmen, figures, pages, services
from .page import rows
from .reference import FOLDER, KINDS, PAGES, fields, fields_of_kind, values_of


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_schema_says_now(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "write it again: make reference"


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_is_explained(kind: str) -> None:
    assert [field.path for field in fields_of_kind(kind) if not field.meaning] == []


@pytest.mark.parametrize("chart", [FORECAST, DASHBOARD, CONTROLLER], ids=lambda chart: chart.name)
def test_every_value_of_a_chart_is_explained(chart: Path) -> None:
    assert [field.path for field in values_of(chart) if not field.meaning] == []


def release() -> Manifest:
    return schema_of(definitions()["CanaryRelease"])


def test_a_field_without_explanation_is_noticed() -> None:
    schema = release()
    del schema["properties"]["spec"]["properties"]["steps"]["items"]["properties"]["hold"]["description"]
    silent = [field.path for field in fields(schema["properties"]["spec"], "spec") if not field.meaning]
    assert silent == ["spec.steps[].hold"]


def test_a_row_tells_type_default_and_meaning() -> None:
    found = {field.path: field for field in fields_of_kind("CanaryRelease")}
    hold, weight = found["spec.steps[].hold"], found["spec.steps[].weight"]
    assert (hold.kind, hold.default, hold.meaning) == ("duration", "`0s`", "The least time at this weight.")
    assert (weight.kind, weight.default) == ("integer from 1 to 100", "needed")


def test_a_value_has_the_default_of_the_chart() -> None:
    found = {field.path: field for field in values_of(FORECAST)}
    assert (found["replicas"].default, found["image.tag"].default) == ("`2`", '`""`')
    assert found["logLevel"].kind == "`DEBUG`, `INFO`, `WARNING`, `ERROR`"
    assert found["faults.error.ratio"].kind == "number above 0, up to 1"


# Every error of the service has an answer, so that this one has no series at all.
NEVER = {"flask_http_request_exceptions_total"}
# They need a model, and have no labels of their own.
OF_A_MODEL = {
    "forecast_model_trained_until_timestamp_seconds",
    "forecast_model_answers_until_timestamp_seconds",
}


@pytest.mark.parametrize(
    "registry",
    [controllers, deadmen, pages, services, dashboards],
    ids=["controller", "deadman", "page", "service", "dashboard"],
)
def test_every_metric_has_a_series_whose_labels_can_be_told(
    registry: Callable[[], CollectorRegistry],
) -> None:
    silent = {figure.name for figure in figures(registry()) if not figure.meaning}
    assert silent == set()
    empty = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in registry().collect()
        if not family.samples
    }
    assert empty <= NEVER | OF_A_MODEL


def test_every_option_of_the_page_has_a_variable_and_a_meaning() -> None:
    found = list(rows())
    assert len(found) == 12
    assert [flags for flags, variable, _, meaning in found if not (variable and meaning)] == []


def test_a_metric_that_the_page_does_not_have_is_noticed() -> None:
    registry = controllers()
    Gauge("canary_novelty", "Something new.", registry=registry)
    page = (FOLDER / "metrics.md").read_text(encoding="utf-8")
    assert [each.name for each in figures(registry) if f"`{each.name}`" not in page] == ["canary_novelty"]


def test_a_row_of_a_metric_tells_type_labels_and_meaning() -> None:
    found = {figure.name: figure for figure in figures(controllers())}
    share = found["canary_release_bad_share"]
    assert (share.kind, share.labels) == ("gauge", ("release_namespace", "release", "rule", "view", "side"))
    assert found["canary_loop_lag_seconds"].kind == "histogram"
    assert found["canary_decisions_total"].kind == "counter"
