"""Counts the answers of any ASGI application (FastAPI, Starlette, ...) the way that Serin reads them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from prometheus_client import REGISTRY, CollectorRegistry, Histogram

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]

# A rule `within: 250ms` needs an edge at 0.25.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
UNCOUNTED = "/metrics"  # nobody waits for what Prometheus asks


class Counted:
    """Wraps an application: one histogram of seconds, labelled by the status that was sent (503, not 5xx)."""

    def __init__(self, application: Application, registry: CollectorRegistry = REGISTRY) -> None:
        self._application = application
        self._seconds = Histogram(
            "http_request_duration_seconds", "Time of an answer", ("status",),
            buckets=BUCKETS, registry=registry,
        )  # fmt: skip

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["path"].startswith(UNCOUNTED):
            await self._application(scope, receive, send)
            return
        began, status = time.perf_counter(), "500"  # what a server sends when the application breaks

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._application(scope, receive, noting)
        finally:
            self._seconds.labels(status).observe(time.perf_counter() - began)
