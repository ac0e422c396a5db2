"""The controller's own metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from canary.adapters.figures import ReleaseFigures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from canary.adapters.calls import Call, Question
    from canary.core.model import Decision, Observation
    from canary.ports import Release

_LOOPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LAGS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ANSWERS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class PrometheusTelemetry:
    """Counters and gauges in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._releases = ReleaseFigures()
        self.registry.register(self._releases)
        self._leader = Gauge(
            "canary_leader",
            "1 while this process looks after releases, 0 on standby.",
            registry=self.registry,
        )
        self._loops = self._timed("canary_loop_seconds", "Time that one loop over one release took.", _LOOPS)
        self._lags = self._timed(
            "canary_loop_lag_seconds",
            "How late a release was looked at after its time had come.",
            _LAGS,
        )
        self._failures = self._counted("canary_loop_failures", "Loops that ended early, by kind.", "kind")
        self._calls = self._counted(
            "canary_api_requests",
            "Calls of the API server; code none: no answer.",
            "verb",
            "kind",
            "code",
        )
        self._answers = self._timed(
            "canary_api_request_seconds",
            "Time until the API server's answer began.",
            _ANSWERS,
            "verb",
            "kind",
        )
        self._questions = self._counted(
            "canary_metrics_queries",
            "Queries of the metrics store: answered, refused, unreachable, nonsense.",
            "outcome",
        )
        self._queried = self._timed(
            "canary_metrics_query_seconds", "Time that one query of the metrics store took.", _ANSWERS
        )
        self._samples = self._counted("canary_metrics_samples", "Samples that the metrics store answered.")

    def decided(self, release: Release, observation: Observation, decision: Decision) -> None:
        self._releases.take(release, observation, decision)

    def looped(self, seconds: float, failure: str) -> None:
        self._loops.observe(seconds)
        if failure:
            self._failures.labels(failure).inc()

    def late(self, seconds: float) -> None:
        self._lags.observe(seconds)

    def forgotten(self, key: str) -> None:
        namespace, _, name = key.partition("/")
        self._releases.drop(namespace, name)

    def leads(self, *, now: bool) -> None:
        """Say whether this process looks after releases from now on."""
        self._leader.set(now)

    def called(self, call: Call) -> None:
        """Count a call of the API server."""
        self._calls.labels(call.verb, call.kind, call.code).inc()
        self._answers.labels(call.verb, call.kind).observe(call.seconds)

    def asked(self, question: Question) -> None:
        """Count a query of the metrics store."""
        self._questions.labels(question.outcome).inc()
        self._queried.observe(question.seconds)
        self._samples.inc(question.samples)

    def watch(self, depths: Callable[[], Mapping[str, int]]) -> None:
        """Ask for the depths of the queue at each scrape."""
        self.registry.register(_Queue(depths))

    def page(self) -> bytes:
        """Everything in the text format that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _counted(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _timed(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)


class _Queue(Collector):
    def __init__(self, depths: Callable[[], Mapping[str, int]]) -> None:
        self._depths = depths

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "canary_queue_releases",
            "Releases whose next loop is planned, due and not begun, or under way (busy).",
            labels=("state",),
        )
        for state, count in self._depths().items():
            family.add_metric((state,), count)
        yield family
