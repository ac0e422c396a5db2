"""Whether the dead-man can be seen to look, as a process."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Api(BaseHTTPRequestHandler):
    """An API server without releases, or one that answers nobody."""

    code = 200

    def do_GET(self) -> None:
        body = json.dumps({"items": [], "metadata": {}, "message": "no"}).encode()
        self.send_response(self.code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests are quiet."""


class Refusing(Api):
    code = 403


@contextmanager
def watching(folder: Path, api: type[Api]) -> Iterator[int]:
    """A dead-man on an API server; the port of its metrics."""
    (folder / "token").write_text("t")
    (folder / "ca.crt").write_text("")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), api)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    where = ("--server", f"http://127.0.0.1:{server.server_port}", "--account", str(folder))
    command = [sys.executable, "-m", "canary.deadman", *where, "--ttl", "30", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        yield port
        process.kill()
    server.shutdown()
    server.server_close()


def figures(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    assert all(family.documentation and family.type == "gauge" for family in families)
    return {sample.name: sample.value for family in families for sample in family.samples}


def until(port: int, least: float, seconds: float) -> dict[str, float]:
    """Wait until a look was completed at `least`, or until the time is over."""
    found, deadline = {"canary_deadman_look_timestamp_seconds": -1.0}, time.monotonic() + seconds
    while found["canary_deadman_look_timestamp_seconds"] < least and time.monotonic() < deadline:
        time.sleep(0.1)
        try:
            found = figures(port)
        except OSError:
            continue
    return found


@pytest.mark.parametrize(("api", "looks"), [(Api, True), (Refusing, False)], ids=["answers", "refuses"])
def test_a_look_counts_when_it_was_completed(tmp_path: Path, api: type[Api], looks: bool) -> None:  # noqa: FBT001
    begun = time.time()
    with watching(tmp_path, api) as port:
        found = until(port, begun, 30 if looks else 4)
    assert found["canary_deadman_ttl_seconds"] == 30
    assert (found["canary_deadman_look_timestamp_seconds"] >= begun) is looks
