"""What Prometheus scrapes: requests by URL rule, calls of the forecast by outcome, the process."""

from flask import Flask, Request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_flask_exporter import PrometheusMetrics

from dashboard.readiness import Readiness

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def url_rule(request: Request) -> str:
    """Return the label of a request: its rule, so that paths cannot make series."""
    return str(request.url_rule)


class Calls:
    """Calls of the forecast: how many, with which outcome (`answered`, `refused`, `away`), how long."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "dashboard_forecast_calls", "Questions to the forecast by outcome",
            ("outcome",), registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "dashboard_forecast_call_seconds", "Time of a question to the forecast, all its tries included",
            buckets=BUCKETS, registry=registry,
        )  # fmt: skip
        for outcome in ("answered", "refused", "away"):
            self._count.labels(outcome)

    def count(self, outcome: str, seconds: float) -> None:
        """Count one call; safe from any thread."""
        self._count.labels(outcome).inc()
        self._seconds.observe(seconds)


class Metrics:
    """The process's registry; the page is served by the admin port, not by the application."""

    def __init__(self, readiness: Readiness) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        ready = Gauge("dashboard_ready", "1 when this process may get traffic", registry=self.registry)
        ready.set_function(lambda: float(readiness.not_ready_because is None))
        self.calls = Calls(self.registry)

    def watch(self, app: Flask) -> None:
        """Count and time the requests of `app`."""
        PrometheusMetrics(app, path=None, group_by=url_rule, buckets=BUCKETS, registry=self.registry)

    def page(self) -> bytes:
        """Return the exposition in the text format."""
        return generate_latest(self.registry)
