"""The controller's own port: is it alive, is it ready, its figures."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXT = "text/plain; charset=utf-8"


def check(holds: Callable[[], bool]) -> Callable[[], tuple[int, bytes]]:
    """A probe: 200 while `holds` says so, else 503."""
    return lambda: (200, b"ok\n") if holds() else (503, b"no\n")


def serve(port: int, routes: Mapping[str, Callable[[], tuple[int, bytes]]]) -> ThreadingHTTPServer:
    """Answer GET on each path in `routes`, in the background; the caller shuts it down."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            route = routes.get(self.path.partition("?")[0])
            code, body = route() if route else (404, b"no such page\n")
            self.send_response(code)
            self.send_header("Content-Type", TEXT)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Probes and scrapes every few seconds are no news."""

    server = ThreadingHTTPServer(("", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server
