"""What browsers are told about every page: nothing from elsewhere, no scripts, no frames."""

from flask import Response

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def guard(response: Response) -> Response:
    """Add the headers; also to errors and files."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    # What is on a page may be another person's, or another model's, a moment later.
    response.headers.setdefault("Cache-Control", "no-cache, private")
    return response
