"""What a browser is told about every page: nothing from elsewhere, no script, no frame, no copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Response

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # The check of forms over TLS looks at the referrer.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def secured(response: Response) -> Response:
    """Add the headers; only the style sheet may be kept."""
    response.headers.update(_ALWAYS)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response
