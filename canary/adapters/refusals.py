"""What the API server's refusals mean to us, in one line each."""

from __future__ import annotations

import json

from canary.ports import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    SerinError,
    UnreachableError,
)

LONGEST = 400


class ExpiredError(SerinError):
    """The resourceVersion is too old for the API server: list again."""


class AbsentError(NotFoundError):
    """The cluster does not have the kind at all."""


MEANING: dict[int, tuple[type[SerinError], str]] = {
    401: (RefusedError, "renew the credentials"),
    403: (ForbiddenError, "ask for the permission"),
    404: (NotFoundError, "check the name and the namespace"),
    409: (ConflictError, "read it again"),
    410: (ExpiredError, "list again"),
    429: (UnreachableError, "try again"),
}
SERVER_TROUBLE = (UnreachableError, "try again")
BAD_OBJECT = (RefusedError, "correct the object")


def translate(subject: str, attempt: str, code: int, body: str) -> SerinError:
    """The exception for an HTTP error: `subject: attempt: the server's words: what to do`."""
    error, remedy = MEANING.get(code, SERVER_TROUBLE if code >= 500 else BAD_OBJECT)
    return error(f"{subject}: {attempt}: {_words(body) or code}: {remedy}")


def _words(body: str) -> str:
    """The message of a Status object, or the start of whatever came instead."""
    try:
        message = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        message = body
    return " ".join(str(message).split())[:LONGEST].rstrip(".:")
