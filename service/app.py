"""The Flask application: routes, errors, metrics, and the request id that ties logs together."""

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request

from service import api, errors, schema, v2
from service.access import Access
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.metrics import Metrics
from service.settings import Settings
from service.shortcut import shortcut
from service.trace import identity


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
    access = Access(settings, lifecycle)
    app.after_request(_finish(access))
    # As Flask documents it: what wraps the application stands before all of its hooks.
    app.wsgi_app = shortcut(app.wsgi_app, lifecycle, injector, metrics, access)  # type: ignore[assignment,method-assign]
    return app


def _begin() -> None:
    g.started = time.perf_counter()
    g.identity = identity(request.headers.get("X-Request-Id", ""), request.headers.get("traceparent", ""))
    g.request_id = g.identity.request_id
    g.method = request.method


def _finish(access: Access) -> Callable[[Response], Response]:
    def finish(response: Response) -> Response:
        for name, value in access.headers(g.identity):
            response.headers[name] = value
        access.log(g.identity, g.method, request.path, response.status_code, g.started)
        return response

    return finish
