"""What Prometheus scrapes: requests by URL rule, the process, and which model answers."""

from flask import Flask
from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector, generate_latest
from prometheus_flask_exporter import PrometheusMetrics

from service.lifecycle import Lifecycle

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The process's registry; the page is served by the admin port, not by the application."""

    def __init__(self, lifecycle: Lifecycle, revision: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        ready = Gauge("forecast_ready", "1 when this process may get traffic", registry=self._registry)
        ready.set_function(lambda: float(lifecycle.not_ready_because is None))
        self._info = Gauge(
            "forecast_model_info", "Always 1; says which model answers",
            ("version", "digest", "revision"), registry=self._registry,
        )  # fmt: skip
        self._lifecycle = lifecycle
        self._revision = revision

    def watch(self, app: Flask) -> None:
        """Count and time the requests of `app`; by rule, so that paths cannot make series."""
        PrometheusMetrics(app, path=None, group_by="url_rule", buckets=BUCKETS, registry=self._registry)

    def page(self) -> bytes:
        """Return the exposition in the text format."""
        model = self._lifecycle.model
        self._info.clear()
        self._info.labels(model["version"], model["digest"], self._revision).set(1)
        return generate_latest(self._registry)
