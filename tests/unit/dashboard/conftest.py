import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard import settings
from dashboard.app import create_app
from dashboard.database.engine import Database
from dashboard.database.migrate import migrate

MODEL = {"version": "v7", "digest": "sha256:" + "0" * 64}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the provider got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


CATALOGUE = {
    "branches": ["Dubai Mall", "Karama"],
    "medicines": ["Paracetamol 500 mg", "Cetirizine 10 mg"],
    "first": "2025-12",
    "last": "2026-02",
    "model": MODEL,
}
MEDICINES = {"Paracetamol 500 mg": (4, 2, 7), "Cetirizine 10 mg": (9, 5, 14)}


def forecast_of(branch: str, month: str) -> dict[str, Any]:
    rows = [
        {"medicine": name, "units": units, "low": low, "high": high}
        for name, (units, low, high) in MEDICINES.items()
    ]
    return {"branch": branch, "month": month, "forecasts": rows, "model": MODEL}


def history_of(branch: str) -> dict[str, Any]:
    paracetamol = {"medicine": "Paracetamol 500 mg", "units": [3, None, 6], "stockouts": ["2024-12"]}
    cetirizine = {"medicine": "Cetirizine 10 mg", "units": [8, 9, 10], "stockouts": []}
    return {
        "branch": branch,
        "first": "2024-12",
        "last": "2025-02",
        "series": [paracetamol, cetirizine],
        "model": MODEL,
    }


def predicted(request: Asked) -> Any:
    return [forecast_of(each["branch"], each["date"]) for each in request.body]


def _remembered(request: Asked) -> Any:
    return history_of(parse_qs(urlsplit(request.path).query)["branch"][0])


@dataclass
class Provider:
    """A forecast on a port of 127.0.0.1 that answers what a test tells it, in turn; the last goes on.

    Without a word from the test it says of every branch and month the same.
    """

    url: str = ""
    scripts: dict[str, list[tuple[int, Any]]] = field(
        default_factory=lambda: {
            "/predict": [(200, predicted)],
            "/catalogue": [(200, CATALOGUE)],
            "/history": [(200, _remembered)],
        }
    )
    asked: list[Asked] = field(default_factory=list)

    def answers(self, *script: tuple[int, Any], at: str = "/predict") -> None:
        self.scripts[at] = list(script)

    def is_away(self) -> None:
        for path in self.scripts:
            self.answers((503, b"no pod"), at=path)

    def questions(self, path: str = "/predict") -> list[Asked]:
        return [one for one in self.asked if urlsplit(one.path).path == path]

    def next(self, request: Asked) -> tuple[int, bytes]:
        self.asked.append(request)
        script = self.scripts[urlsplit(request.path).path]
        status, content = script.pop(0) if len(script) > 1 else script[0]
        if callable(content):
            content = content(request)
        return status, content if isinstance(content, bytes) else json.dumps(content).encode()


def handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 2**16  # head and body in one packet: the second would wait for an acknowledgement

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(sent) if sent else None
            status, content = provider.next(Asked(self.command, self.path, dict(self.headers), body))
            etag = f'"{hashlib.sha256(content).hexdigest()}"'
            if self.headers.get("If-None-Match") == etag:
                status, content = 304, b""
            self.send_response(status)
            self.send_header("ETag", etag)
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
    told = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(told))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "dashboard.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture
def stored(migrated: Path, tmp_path: Path) -> dict[str, str]:
    """What the pages of the flow need of the environment."""
    file = shutil.copy(migrated, tmp_path / "dashboard.db")
    return {"SECRET_KEY": "0" * 32, "DATABASE_URL": f"sqlite:///{file}"}


@pytest.fixture
def opened(provider: Provider, stored: dict[str, str]) -> Iterator[Callable[..., Any]]:
    """The application in this process, asking the provider unless told otherwise."""

    apps: list[Any] = []

    def start(**environment: str) -> Any:
        apps.append(create_app(settings.read({"FORECAST_URL": provider.url, **stored, **environment})))
        return apps[-1]

    yield start
    for app in apps:
        app.extensions["database"].close()
