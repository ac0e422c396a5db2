"""The page's own metrics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

if TYPE_CHECKING:
    from flask import Flask, Response

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Figures:
    """Counters in a registry of their own; routes are told by rule, so that paths cannot make series."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.sign_ins = Counter(
            "canary_page_sign_ins",
            "Attempts to sign in: accepted, wrong, throttled.",
            ("outcome",),
            registry=self.registry,
        )
        self.orders = Counter(
            "canary_page_orders",
            "Orders that were sent from the page: given, repeated (the same form again), forbidden, failed.",
            ("verb", "outcome"),
            registry=self.registry,
        )
        self._requests = Histogram(
            "canary_page_request_seconds",
            "Time that one request of the page took, by route and HTTP code.",
            ("route", "method", "code"),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def watch(self, app: Flask) -> None:
        """Time the requests of `app`."""
        app.before_request(_begin)
        app.after_request(self._end)

    def page(self) -> bytes:
        """Everything in the text format that Prometheus scrapes."""
        return generate_latest(self.registry)

    def _end(self, response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in ("GET", "HEAD", "POST") else "other"
        self._requests.labels(route, method, str(response.status_code)).observe(time.monotonic() - g.begun)
        return response


def _begin() -> None:
    g.begun = time.monotonic()
