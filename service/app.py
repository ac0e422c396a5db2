"""The Flask application: routes, errors, metrics, and the request id that ties logs together."""

import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from service import api, errors, schema, v2
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.logs import EXTRA
from service.metrics import Metrics
from service.settings import Settings
from service.trace import identity

_ACCESS = logging.getLogger("service.access")


class _Application(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none is a coroutine, and finding out costs a twentieth of each request."""
        return func


def create(settings: Settings, lifecycle: Lifecycle, metrics: Metrics) -> Flask:
    """Put the application together; it answers 503 until the lifecycle has a model."""
    app = _Application("service", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = schema.MAX_BODY
    app.json.ensure_ascii = True  # type: ignore[attr-defined] # the default provider has it
    app.before_request(_begin)
    metrics.watch(app)
    errors.register(app, metrics.refusals.count)
    injector = Injector(settings.faults)
    injector.announce()
    app.register_blueprint(api.routes(lifecycle, injector, metrics.predictions))
    app.register_blueprint(v2.routes(lifecycle, injector, metrics.predictions))
    app.after_request(_finish(settings, lifecycle))
    return app


def _begin() -> None:
    g.started = time.perf_counter()
    g.identity = identity(request.headers.get("X-Request-Id", ""), request.headers.get("traceparent", ""))
    g.request_id = g.identity.request_id
    g.method = request.method


def _finish(settings: Settings, lifecycle: Lifecycle) -> Callable[[Response], Response]:
    def finish(response: Response) -> Response:
        version, headers = lifecycle.model["version"], response.headers
        headers["X-Request-Id"] = g.request_id
        headers["X-Model-Version"] = version
        if settings.revision:
            headers["X-Revision"] = settings.revision
        line = {
            **g.identity.fields(),
            "method": g.method,
            "path": request.path[:200],
            "status": response.status_code,
            "duration_ms": round((time.perf_counter() - g.started) * 1000, 3),
            "model_version": version,
        }
        _ACCESS.info("request", extra={EXTRA: line})
        return response

    return finish
