"""The short way: what nearly everybody asks is answered without going through Flask.

Looking an answer up costs microseconds; routing, contexts, hooks and response objects cost fifty times as
much. Only a GET /predict goes this way that ends in 200, from the table or by the model, or in 503 because
it waited too long: where too much is asked, time spent on refusals is taken from those who are served.
Whatever else is asked, and every other error, is Flask's. Both ways say, count and log the same.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from service import overload, schema
from service.access import Access
from service.answers import Answer
from service.errors import RETRY_AFTER, ApiError
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.metrics import Metrics
from service.trace import identity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/predict"
_LINES = {200: "200 OK", 503: "503 SERVICE UNAVAILABLE"}
_TYPE = ("Content-Type", "application/json")


def shortcut(
    application: "WSGIApplication", lifecycle: Lifecycle, injector: Injector, metrics: Metrics, access: Access
) -> "Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]":
    """Return the application with a short way for what is asked most."""

    def answered(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started = time.perf_counter()
        if not _short(environ):
            return application(environ, start_response)
        asker = identity(environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", ""))
        if overload.late.get():
            told = _refusal(asker.request_id)
        elif injector.idle and (answer := _answer(environ, lifecycle)) is not None:
            metrics.predictions.count((answer,))
            told = 200, answer.body, (("ETag", answer.etag), ("Cache-Control", "no-cache"))
        else:
            return application(environ, start_response)
        status, body, others = told
        length = ("Content-Length", str(len(body)))
        start_response(_LINES[status], [_TYPE, length, *others, *access.headers(asker)])
        metrics.count_predict(status, time.perf_counter() - started)
        access.log(asker, "GET", PATH, status, started)
        return (body,)

    return answered


def _short(environ: "WSGIEnvironment") -> bool:
    """Return whether this may go the short way; who has an answer already may get a 304, from Flask."""
    asked = environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET"
    return asked and "HTTP_IF_NONE_MATCH" not in environ


def _refusal(request_id: str) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    error = overload.refusal()
    said = {"code": error.code, "message": error.message, "request_id": request_id}
    body = json.dumps(said, separators=(",", ":")) + "\n"
    return error.status, body.encode(), (("Retry-After", RETRY_AFTER),)


def _answer(environ: "WSGIEnvironment", lifecycle: Lifecycle) -> Answer | None:
    """Return the answer that may be sent; None when it is an error, which is Flask's to tell."""
    try:
        table = lifecycle.table()
        query = schema.from_text(environ["QUERY_STRING"].encode("latin-1"), table.domain)
    except ApiError:
        return None
    answer = table.answer(query.branch, query.month, query.medicine)
    return answer if answer.usable else None
