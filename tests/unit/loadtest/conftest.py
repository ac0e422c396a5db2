"""A tiny local service that answers as told."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

BRANCHES = ["Dubai Mall", "Al Ain Oasis"]
MONTHS = ["2025-12", "2026-01"]


def document() -> dict[str, Any]:
    parameters = [
        {"name": "branch", "in": "query", "schema": {"type": "string", "enum": BRANCHES}},
        {"name": "date", "in": "query", "schema": {}, "examples": {m: {"value": m} for m in MONTHS}},
    ]
    return {"paths": {"/predict": {"get": {"parameters": parameters}}}}


def forecast(branch: str, month: str) -> dict[str, Any]:
    return {
        "branch": branch,
        "month": month,
        "forecasts": [{"medicine": "Paracetamol 500 mg", "units": 4, "low": 2, "high": 7}],
        "model": {"version": "v1", "digest": "sha256:0123"},
    }


@dataclass
class Pharmacy:
    """The server's manners, changed by tests while it runs."""

    url: str = ""
    status: int = 200
    delay: float = 0.0
    hang_up_after: int = 0
    """Close each kept connection, unannounced, after this many answers; 0 keeps it open."""
    lie: dict[str, Any] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    connections: int = 0


def handler(pharmacy: Pharmacy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answered = 0

        def setup(self) -> None:
            pharmacy.connections += 1
            super().setup()

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path == "/openapi.json":
                self.answer(200, document())
                return
            query = parse_qs(asked.query)
            self.predict(query["branch"][0], query["date"][0])

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.predict(asked["branch"], asked["date"])

        def predict(self, branch: str, month: str) -> None:
            pharmacy.hosts.add(self.headers["Host"])
            time.sleep(pharmacy.delay)
            body = forecast(branch, month) if pharmacy.status == 200 else {"error": "out of order"}
            self.answer(pharmacy.status, body | pharmacy.lie)

        def answer(self, status: int, body: dict[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("X-Revision", "abcdef0123")
            self.send_header("X-Model-Version", "v1")
            self.end_headers()
            self.wfile.write(raw)
            self.answered += 1
            self.close_connection = self.answered == pharmacy.hang_up_after

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def pharmacy() -> Iterator[Pharmacy]:
    manners = Pharmacy()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(manners))
    manners.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield manners
    server.shutdown()
    server.server_close()
