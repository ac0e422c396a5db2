"""The admin port: probes and metrics from threads that requests cannot block."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dashboard.metrics import CONTENT_TYPE, Metrics
from dashboard.readiness import Readiness
from dashboard.refusal import ConfigError

_LOG = logging.getLogger("dashboard.health")
_JSON = "application/json"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    readiness: Readiness
    metrics: Metrics

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what broke: mostly a prober that hung up."""
        _LOG.info("admin connection of %s (%s) broke", client_address, request, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/livez":
            self._answer(200, _JSON, b'{"status":"alive"}')
        elif path == "/readyz":
            self._ready()
        elif path == "/metrics":
            self._answer(200, CONTENT_TYPE, self.server.metrics.page())
        else:
            self._answer(404, _JSON, b'{"code":"unknown_path","message":"there are /livez /readyz /metrics"}')

    def _ready(self) -> None:
        reason = self.server.readiness.not_ready_because
        if reason is None:
            self._answer(200, _JSON, b'{"status":"ready"}')
        else:
            self._answer(503, _JSON, json.dumps({"status": "not ready", "reason": reason}).encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        _LOG.debug(format, *arguments)


def serve(host: str, port: int, readiness: Readiness, metrics: Metrics) -> int:
    """Answer on host:port until the process ends; return the port that was bound."""
    try:
        server = _Server((host, port), _Handler)
    except OSError as error:
        raise ConfigError(f"ADMIN_PORT: {host}:{port} cannot be opened: {error}") from error
    server.readiness, server.metrics = readiness, metrics
    threading.Thread(target=server.serve_forever, name="admin", daemon=True).start()
    return int(server.server_address[1])
