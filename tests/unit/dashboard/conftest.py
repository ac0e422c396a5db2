import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dashboard import settings
from dashboard.app import create_app

MODEL = {"version": "v7", "digest": "sha256:" + "0" * 64}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the provider got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Provider:
    """A forecast on a port of 127.0.0.1 that answers what a test tells it, in turn; the last goes on."""

    url: str = ""
    script: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def answers(self, *script: tuple[int, Any]) -> None:
        self.script[:] = script

    def next(self, request: Asked) -> tuple[int, bytes]:
        self.asked.append(request)
        status, content = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if content is Provider:
            content = [forecast_of(each["branch"], each["date"]) for each in request.body]
        return status, content if isinstance(content, bytes) else json.dumps(content).encode()


def forecast_of(branch: str, month: str) -> dict[str, Any]:
    row = {"medicine": "Paracetamol 500 mg", "units": 4, "low": 2, "high": 7}
    return {"branch": branch, "month": month, "forecasts": [row], "model": MODEL}


def handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(sent) if sent else None
            status, content = provider.next(Asked(self.command, self.path, dict(self.headers), body))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 the name that the library calls

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            pass

    return Handler


@pytest.fixture
def provider() -> Iterator[Provider]:
    told = Provider(script=[(200, Provider)])
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(told))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def opened(provider: Provider) -> Callable[..., Any]:
    """The application in this process, asking the provider unless told otherwise."""

    def start(**environment: str) -> Any:
        return create_app(settings.read({"FORECAST_URL": provider.url, **environment}))

    return start
