"""The reference page of the metrics, written from the registries of all processes of Serin.

All have met all that makes series: what has none yet would be documented without its labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from canary.adapters.calls import Call, Outcome, Question
from canary.adapters.releases import decode
from canary.adapters.telemetry import PrometheusTelemetry
from canary.core.margin import Tally
from canary.core.model import (
    Decision,
    Evidence,
    Note,
    Observation,
    Phase,
    RouteState,
    ServiceState,
    Status,
    Verdict,
    View,
)
from canary.deadman.figures import Figures as DeadmanFigures
from canary.page.figures import Figures as PageFigures
from dashboard.metrics import Metrics as DashboardMetrics
from dashboard.readiness import Readiness
from service import app, settings
from service.lifecycle import Lifecycle
from service.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

INTRODUCTION = """\
# Metrics

What `/metrics` tells: of the controller on its only port, of the Releases page, the forecast
service and the dashboard on their admin ports.
A counter's name ends in `_total`; a histogram `NAME` has `NAME_bucket`, `NAME_count` and `NAME_sum`.
This page is generated: `make reference` writes it again.
"""
CONTROLLER = """\
## The controller

`release_namespace` and `release` name a release: `namespace` is the controller's own, as the scrape says.
Their series go with the release. A standby has none of them.
"""
DEADMAN = """\
## The dead-man
"""
PAGE = """\
## The Releases page

`route` is the rule of the page, not its path.
"""
DASHBOARD = """\
## The dashboard

`outcome` is `answered`, `refused` (the question has no answer) or `away` (nobody gave one in time).
"""
SERVICE = """\
## The forecast service

Prometheus adds `namespace`, `release`, `revision` and `pod` when it scrapes.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One family: its name as it is asked for, its type, its own labels, and its help text."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def figures(registry: CollectorRegistry) -> Iterator[Figure]:
    """Every family of a registry, in alphabetical order."""
    for family in sorted(registry.collect(), key=lambda each: each.name):
        found = dict.fromkeys(label for sample in family.samples for label in sample.labels)
        labels = tuple(label for label in found if label != "le")
        ending = "_total" if family.type == "counter" else ""
        yield Figure(f"{family.name}{ending}", family.type, labels, family.documentation)


def controllers() -> CollectorRegistry:
    """The registry of a controller that has met everything."""
    telemetry = PrometheusTelemetry()
    seen = Observation({}, ServiceState(), ServiceState(), RouteState(10), problem="refused")
    telemetry.decided(
        decode(_RELEASE), seen, Decision(_RUNNING, 1.0, notes=(Note("WeightChanged", "to 10 %"),))
    )
    telemetry.looped(0.1, "conflict")
    telemetry.called(Call("get", "pods", "200", 0.1))
    telemetry.asked(Question(Outcome.ANSWERED, 0.1, 1))
    telemetry.watch(lambda: {"due": 1})
    return telemetry.registry


def services() -> CollectorRegistry:
    """The registry of a service that was asked once; it has no model, which makes no series missing."""
    chosen = settings.read({"MODEL_DIR": "none"})
    lifecycle = Lifecycle(chosen)
    metrics = Metrics(lifecycle, "revision")
    app.create(chosen, lifecycle, metrics).test_client().get("/predict")
    metrics.page()
    return metrics.registry


def pages() -> CollectorRegistry:
    """The registry of a Releases page that was asked, signed in to and ordered from."""
    counted = PageFigures()
    page = Flask("page")
    counted.watch(page)
    page.test_client().get("/")
    counted.sign_ins.labels("accepted")
    counted.orders.labels("promote", "given")
    return counted.registry


def dashboards() -> CollectorRegistry:
    """The registry of a dashboard that has shown a page and asked for a forecast."""
    counted = DashboardMetrics(Readiness())
    page = Flask("dashboard")
    counted.watch(page)
    page.test_client().get("/")
    counted.calls.count("answered", 0.1)
    return counted.registry


def deadmen() -> CollectorRegistry:
    """What a dead-man tells, which writes its few lines without a registry."""

    class Told(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from text_string_to_metric_families(DeadmanFigures(60.0).page()[1].decode())

    registry = CollectorRegistry()
    registry.register(Told())
    return registry


def metrics_page() -> str:
    """The page of all of them."""
    return "\n".join(
        [
            INTRODUCTION,
            CONTROLLER,
            *_table(controllers()),
            "",
            DEADMAN,
            *_table(deadmen()),
            "",
            PAGE,
            *_table(pages()),
            "",
            SERVICE,
            *_table(services()),
            "",
            DASHBOARD,
            *_table(dashboards()),
            "",
        ]
    )


def _table(registry: CollectorRegistry) -> Iterator[str]:
    yield "| metric | type | labels | meaning |"
    yield "|---|---|---|---|"
    for figure in figures(registry):
        labels = ", ".join(f"`{label}`" for label in figure.labels)
        yield f"| `{figure.name}` | {figure.kind} | {labels} | {figure.meaning.rstrip('.')} |"


_RELEASE = {
    "metadata": {"name": "forecast", "namespace": "production", "uid": "1", "resourceVersion": "1"},
    "spec": {
        "replicas": 1,
        "template": {"spec": {"containers": [{"name": "forecast", "image": "forecast:1"}]}},
        "ports": [{"name": "http", "port": 80}],
        "traffic": {"ingress": "forecast"},
        "rules": {"errors": {"max": "1%"}},
    },
}
_RUNNING = Status(
    phase=Phase.ROLLED_BACK,
    weight=10,
    observed_weight=10.0,
    blind_since=1.0,
    rollback_cause="RuleFailed",
    stalled="refused",
    checkpoint={},
    evidence=(Evidence("errors", View.EDGE, Verdict.HOLD, Tally(1, 0, 9, 0), ""),),
)
