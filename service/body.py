"""The body of a request: all of it, or 413."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from service.schema import MAX_BODY


def received() -> bytes:
    """Return the whole body, shorter than MAX_BODY bytes; RequestEntityTooLarge otherwise.

    A chunked body, which announces no length, is silently cut at the application's limit: one that
    reaches it may have gone on.
    """
    body = request.get_data()
    if len(body) >= MAX_BODY:
        raise RequestEntityTooLarge
    return body
