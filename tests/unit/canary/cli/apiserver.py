"""A few answers of an API server over plain HTTP, for the real adapter."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import yaml

from canary.core.codec import entry_to_json

from .build import PROGRESSING, ROLLED_BACK, release, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "/apis/canary.serin.dev/v1alpha1"
PLACE = f"{GROUP}/namespaces/production"
CONFIGMAPS = "/api/v1/namespaces/production/configmaps"
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


class ApiServer(ThreadingHTTPServer):
    """Holds the release `forecast`; answers an order at its second look, or refuses everybody."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.forbidden = False
        self.orders: list[dict[str, Any]] = []
        self.looks = 0

    def get(self, path: str) -> dict[str, Any] | None:
        found = stored(release(PROGRESSING))
        journal = {
            "metadata": {
                "name": "forecast-journal-0",
                "ownerReferences": [{"uid": "u-forecast", "controller": True}],
            },
            "data": {"entries": "".join(f"{json.dumps(entry_to_json(e))}\n" for e in ROLLED_BACK.journal)},
        }
        return {
            f"{PLACE}/canaryreleases": {"items": [found], "metadata": {}},
            f"{GROUP}/canaryreleases": {"items": [found], "metadata": {}},
            f"{PLACE}/canaryreleases/forecast": found,
            f"{PLACE}/releasecommands/forecast-pause-x": self._order(),
            CONFIGMAPS: {"items": [journal], "metadata": {}},
        }.get(path)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == REVIEWS:
            return {"status": {"userInfo": {"username": "alice"}}}
        self.orders.append(body)
        return body | {"metadata": {"name": "forecast-pause-x"}}

    def _order(self) -> dict[str, Any]:
        self.looks += 1
        answer = {"accepted": True, "message": "paused at 10 %", "acknowledgedAt": "2026-11-23T09:00:00.000Z"}
        return {"metadata": {"name": "forecast-pause-x"}, "status": answer if self.looks > 3 else {}}


class _Handler(BaseHTTPRequestHandler):
    server: ApiServer

    def do_GET(self) -> None:
        self._answer(self.server.get(self.path.partition("?")[0]), 200)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(self.server.post(self.path.partition("?")[0], body), 201)

    def _answer(self, body: dict[str, Any] | None, code: int) -> None:
        if self.server.forbidden:
            code, body = 403, {"message": 'User "eve" cannot do that'}
        elif body is None:
            code, body = 404, {"message": "not found"}
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Tests read the answers, not the log."""


@contextmanager
def serving() -> Iterator[ApiServer]:
    server = ApiServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kubeconfig(folder: Path, port: int) -> str:
    """Write a kubeconfig for that port, with the namespace production in its context."""
    file = folder / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "alice", "user": {"token": "t"}}],
        "contexts": [
            {"name": "here", "context": {"cluster": "here", "user": "alice", "namespace": "production"}}
        ],
        "current-context": "here",
    }
    file.write_text(yaml.safe_dump(config))
    return str(file)
