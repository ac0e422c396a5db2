"""The Flask application: pages, errors, metrics, and the request id that ties logs together."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from dashboard import errors, flow
from dashboard.client import ForecastClient
from dashboard.database.base import now as by_the_clock
from dashboard.guard import guard
from dashboard.logs import EXTRA
from dashboard.metrics import Metrics
from dashboard.pages import forecast
from dashboard.readiness import Readiness
from dashboard.settings import Settings
from dashboard.trace import identity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NAVIGATION = (("forecast.page", "Forecast"),)
"""(endpoint, label) of each page of everybody, in the order people see them; `flow` adds those of a role."""

MAX_BODY = 64 * 1024
_ACCESS = logging.getLogger("dashboard.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


def create_app(settings: Settings, now: Callable[[], datetime] = by_the_clock) -> Flask:
    """Put the application together; its `extensions` hold `metrics`, `readiness` and `database`."""
    app = Flask("dashboard")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    readiness = Readiness()
    metrics = Metrics(readiness)
    app.extensions |= {"metrics": metrics, "readiness": readiness}
    app.before_request(_begin)
    metrics.watch(app)
    errors.register(app)
    app.context_processor(lambda: {"navigation": NAVIGATION + flow.navigation()})
    forecasts = ForecastClient(settings.forecast, metrics.calls)
    app.register_blueprint(forecast.routes(forecasts))
    readiness.needs(flow.register(app, settings.flow, forecasts, now))
    app.after_request(guard)
    app.after_request(_finish)
    app.wsgi_app = _known_methods(app.wsgi_app)  # type: ignore[method-assign] # as Flask documents it
    return app


def _begin() -> None:
    g.started = time.perf_counter()
    g.identity = identity(request.headers.get("X-Request-Id", ""), request.headers.get("traceparent", ""))


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.identity.request_id
    line = {
        **g.identity.fields(),
        "method": request.method,
        "path": request.path[:200],
        "status": response.status_code,
        "duration_ms": round((time.perf_counter() - g.started) * 1000, 3),
    }
    _ACCESS.info("request", extra={EXTRA: line})
    return response


def _known_methods(application: "WSGIApplication") -> "Callable[..., Iterable[bytes]]":
    """Give all methods that HTTP does not know one name: each would be a series of its own."""

    def bounded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in _METHODS:
            environ["REQUEST_METHOD"] = "UNKNOWN"
        return application(environ, start_response)

    return bounded
