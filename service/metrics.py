"""What Prometheus scrapes: requests by URL rule, the process, which model answers, and what it says."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate
from threading import Lock
from typing import Any

from flask import Flask, Request, Response, request
from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from prometheus_flask_exporter import PrometheusMetrics

from service import months
from service.answers import EDGES, Answer, Flaw, Source
from service.errors import REFUSALS
from service.lifecycle import Lifecycle

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


_PROBES = ("/v2/health/", "/v2/models/.*/ready$")


def url_rule(request: Request) -> str:
    """Return the label of a request: its rule, with what V2 tells of itself as one, inferences as another."""
    rule = str(request.url_rule)
    if not rule.startswith("/v2"):
        return rule
    return "/v2/infer" if rule.endswith("/infer") else "/v2"


class Predictions(Collector):
    """What the model says, counted when it is asked.

    `forecast_predicted_units`: histogram of the units of every medicine in the answers that may be sent.
    `forecast_answers_total`: answers looked up, one for each branch and month asked, good or bad.
    `forecast_bad_answers_total{reason}`: those with a `Flaw`, each once; so it is a share of the former.
    `forecast_lookups_total{source}`: the same answers by where they came from: cache hits are `table`.

    No label says which model: a process has one, `forecast_model_info` names it. The buckets of an
    answer are known beforehand and one lock covers all counters: a request costs a microsecond, and a
    scrape never sees half an answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._forecasts = [0] * (len(EDGES) + 1)
        self._units = 0
        self._answers = 0
        self._bad = dict.fromkeys(Flaw, 0)
        self._sources = dict.fromkeys(Source, 0)

    def count(self, answers: Iterable[Answer]) -> None:
        """Count these answers; safe from any thread."""
        with self._lock:
            for answer in answers:
                self._answers += 1
                self._units += answer.units
                self._sources[answer.source] += 1
                for bucket, forecasts in answer.forecasts:
                    self._forecasts[bucket] += forecasts
                if answer.flaw is not None:
                    self._bad[answer.flaw] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield the four families as they are at one instant."""
        with self._lock:
            forecasts, units = list(self._forecasts), self._units
            answers, bad, sources = self._answers, dict(self._bad), dict(self._sources)
        ends = [*map(floatToGoString, EDGES), "+Inf"]
        yield HistogramMetricFamily(
            "forecast_predicted_units", "Units that the model forecasts for a medicine in a month",
            buckets=list(zip(ends, accumulate(forecasts), strict=True)), sum_value=units,
        )  # fmt: skip
        yield CounterMetricFamily("forecast_answers", "Answers for a branch and a month", value=answers)
        yield _by(
            "reason", bad.items(), "forecast_bad_answers",
            "Answers that no user can use, or that say the same of every medicine",
        )  # fmt: skip
        yield _by(
            "source", sources.items(), "forecast_lookups",
            "Answers from the table that is kept ready (cache hits), or from the model, asked for this one",
        )  # fmt: skip


class Refusals(Collector):
    """Requests whose input was refused, by the code that their sender got: of /predict and V2 alike."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen = Counter(dict.fromkeys(sorted(REFUSALS), 0))

    def count(self, code: str) -> None:
        """Count one; a code that is none of `REFUSALS` is no refusal of an input, and is not counted."""
        if code in REFUSALS:
            with self._lock:
                self._seen[code] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield the family; every reason is there from the start."""
        with self._lock:
            seen = dict(self._seen)
        yield _by("reason", seen.items(), "forecast_refused", "Requests whose input was refused")


def _by(label: str, counts: Iterable[tuple[str, int]], name: str, meaning: str) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=(label,))
    for value, count in counts:
        family.add_metric((value,), count)
    return family


class ModelAge(Collector):
    """How far the model that answers knows the past, and the future; nothing without a model."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle

    def collect(self) -> Iterator[Metric]:
        """Yield both instants, in seconds since the epoch."""
        known = GaugeMetricFamily(
            "forecast_model_trained_until_timestamp_seconds", "End of the sales data the model was trained on"
        )
        answers = GaugeMetricFamily(
            "forecast_model_answers_until_timestamp_seconds", "End of the last month the model can forecast"
        )
        domain = self._lifecycle.domain
        if domain is not None:
            known.add_metric((), months.begin(domain.first))
            answers.add_metric((), months.begin(domain.last + 1))
        yield from (known, answers)


class _Version:
    """The version that answers, as a label: read late, for a model is loaded after the start."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle

    def __str__(self) -> str:
        return self._lifecycle.model["version"]


def _bound_methods(response: Response) -> Response:
    if request.routing_exception is not None:
        request.method = "ANY"
    elif request.method == "HEAD":
        request.method = "GET"
    elif request.method == "OPTIONS":
        request.prom_do_not_track = True  # type: ignore[attr-defined] # the exporter's own mark
    return response


class _Registry(CollectorRegistry):
    """Knows its collectors by name: those of the exporter can be had no other way."""

    def __init__(self) -> None:
        super().__init__()
        self.named: dict[str, Any] = {}

    def register(self, collector: Collector) -> None:
        """Take a collector in."""
        super().register(collector)
        self.named |= {family.name: collector for family in getattr(collector, "describe", list)()}


class Metrics:
    """The process's registry; the page is served by the admin port, not by the application."""

    def __init__(self, lifecycle: Lifecycle, revision: str) -> None:
        self.registry = _Registry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        ready = Gauge("forecast_ready", "1 when this process may get traffic", registry=self.registry)
        ready.set_function(lambda: float(lifecycle.not_ready_because is None))
        self._info = Gauge(
            "forecast_model_info", "Always 1; says which model answers",
            ("version", "digest", "revision"), registry=self.registry,
        )  # fmt: skip
        self.predictions = Predictions()
        self.registry.register(self.predictions)
        self.refusals = Refusals()
        self.registry.register(self.refusals)
        self.registry.register(ModelAge(lifecycle))
        self._lifecycle = lifecycle
        self._revision = revision
        self._predicts: dict[tuple[int, str], tuple[Any, Any]] = {}

    def watch(self, app: Flask) -> None:
        """Count and time the requests of `app`; by rule, so that paths cannot make series.

        Nor can methods: what no rule takes is counted under one. HEAD is a GET, OPTIONS is not counted.
        """
        PrometheusMetrics(
            app, path=None, group_by=url_rule, buckets=BUCKETS, registry=self.registry,
            excluded_paths=_PROBES, default_labels={"model_version": _Version(self._lifecycle)},
        )  # fmt: skip
        app.after_request(_bound_methods)  # the last one that is registered is the first one that is called

    def count_predict(self, status: int, seconds: float) -> None:
        """Count a GET /predict that Flask has not seen, as those are counted that it has."""
        version = self._lifecycle.model["version"]
        if (status, version) not in self._predicts:
            labels = {"method": "GET", "status": status, "model_version": version}
            named = self.registry.named
            timed = named["flask_http_request_duration_seconds"].labels(url_rule="/predict", **labels)
            self._predicts[status, version] = timed, named["flask_http_request"].labels(**labels)
        timed, counted = self._predicts[status, version]
        timed.observe(seconds)
        counted.inc()

    def page(self) -> bytes:
        """Return the exposition in the text format."""
        model = self._lifecycle.model
        self._info.clear()
        self._info.labels(model["version"], model["digest"], self._revision).set(1)
        return generate_latest(self.registry)
