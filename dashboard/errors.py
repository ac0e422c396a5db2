"""Errors as people see them: a page with an honest status that says what to do next."""

import logging

from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from dashboard.agreement import ForecastAwayError

_LOG = logging.getLogger("dashboard.errors")
_HEADLINES = {
    400: "That cannot be understood",
    401: "Please sign in again",
    403: "That is not yours to do",
    404: "There is no such page",
    405: "That is not possible here",
    409: "Somebody was first",
    413: "That is too much at once",
    429: "Too many tries",
    503: "That is away for a moment",
}


def register(app: Flask) -> None:
    """Answer every error of the application with a page."""
    app.register_error_handler(ForecastAwayError, _away)
    app.register_error_handler(HTTPException, shown)
    app.register_error_handler(Exception, _unexpected)


def _away(_: ForecastAwayError) -> Response:
    """Nothing is lost: the page's own address asks again."""
    # Only what was asked by address can be asked again by a link.
    again = request.full_path.rstrip("?") if request.method == "GET" else ""
    answer = make_response(render_template("away.html", again=again, request_id=_request_id()), 503)
    answer.headers["Retry-After"] = "5"
    return answer


def shown(error: HTTPException) -> Response:
    """Show an error as a page, with the headers it brings."""
    status = error.code or 500
    headline = _HEADLINES.get(status, error.name)
    answer = _page(status, headline, error.description or error.name)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    _LOG.error("request failed unexpectedly", exc_info=error)
    return _page(
        500, "Something went wrong here", "It was logged, and it is not your fault. Please try again."
    )


def _page(status: int, headline: str, message: str) -> Response:
    content = render_template(
        "error.html", status=status, headline=headline, message=message, request_id=_request_id()
    )
    return make_response(content, status)


def _request_id() -> str:
    return str(g.identity.request_id) if "identity" in g else ""
