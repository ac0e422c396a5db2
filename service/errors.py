"""Errors as clients see them: JSON, an honest status and a code that a program can switch on.

Below /v2 the protocol knows no code, only a sentence: `{"error": message}`.
"""

import logging
from collections.abc import Callable
from typing import IO

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

_LOG = logging.getLogger("service.errors")
_SWALLOWED = 16 * 2**20
_PIECE = 2**16
_CODES = {
    400: "bad_request",
    404: "unknown_path",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


REFUSALS = frozenset(
    {
        "bad_request", "bad_json", "bad_field", "unknown_field", "missing_field", "unknown_branch",
        "unknown_medicine", "unknown_model", "unknown_path", "method_not_allowed", "body_too_large",
        "batch_too_large", "unsupported_media_type", "bad_date", "outside_horizon",
    }
)  # fmt: skip
"""Codes that say what is wrong with a request; the others say what is wrong with the service."""


RETRY_AFTER = "1"
"""Seconds after which a client may ask again."""


class ApiError(Exception):
    """A request that is answered with an error; `details` are further members of the body."""

    def __init__(self, status: int, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def register(app: Flask, refused: Callable[[str], None]) -> None:
    """Answer every error of the application in the one shape; `refused` learns the code of each."""

    def expected(error: ApiError) -> Response:
        refused(error.code)
        return _expected(error)

    def http(error: HTTPException) -> Response:
        refused(_code_of(error))
        return _http(error)

    app.register_error_handler(ApiError, expected)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, _unexpected)


def _code_of(error: HTTPException) -> str:
    return _CODES.get(error.code or 500, "http_error")


def _expected(error: ApiError) -> Response:
    answer = _body(error.status, error.code, error.message, error.details)
    if error.status == 503:
        answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 413:
        _swallow(request.environ["wsgi.input"])
    answer = _body(status, _code_of(error), error.description or error.name, {})
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def _swallow(body: IO[bytes]) -> None:
    """Read on and forget: a client that cannot finish sending never gets to read why it was refused."""
    for _ in range(_SWALLOWED // _PIECE):
        if not body.read(_PIECE):
            return


def _unexpected(error: Exception) -> Response:
    _LOG.error("request failed unexpectedly", exc_info=error)
    return _body(500, "internal", "the service failed; the request id finds the reason in its log", {})


def _body(status: int, code: str, message: str, details: dict[str, object]) -> Response:
    if request.path == "/v2" or request.path.startswith("/v2/"):
        answer = jsonify(error=message)
    else:
        answer = jsonify(code=code, message=message, request_id=g.get("request_id", ""), **details)
    answer.status_code = status
    return answer
