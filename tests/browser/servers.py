"""Real servers on ports of 127.0.0.1, as the images start them: gunicorn with a part's own configuration."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_ports() -> tuple[int, int]:
    """Two ports that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


class Server:
    """`gunicorn --config PART/gunicorn_conf.py`, ready when made; `end` stops it for good."""

    def __init__(self, part: str, log: Path, environment: dict[str, str], port: int | None = None) -> None:
        first, self.admin_port = free_ports()
        self.port = port or first
        self.log = log
        places = {"HOST": "127.0.0.1", "PORT": str(self.port), "ADMIN_PORT": str(self.admin_port)}
        command = [sys.executable, "-m", "gunicorn", "--config", f"{part}/gunicorn_conf.py"]
        # Threads of numeric libraries would wait for each other on a busy machine; the images say so too.
        known = os.environ | {"OMP_NUM_THREADS": "1"} | places | environment
        with log.open("w") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=known, stdout=output, stderr=output)
        self._until_ready()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        """Ask on a fresh connection; of the port for users unless another is given."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def end(self) -> None:
        """Stop at once; harmless when it has ended."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def _until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended by itself: {self.log.read_text()}")
            try:
                if self.get("/readyz", self.admin_port)[0] == 200:
                    return
            except OSError:
                pass  # not listening yet: asked again until the deadline
            time.sleep(0.05)
        self.end()
        raise AssertionError(f"never ready: {self.log.read_text()}")


def pages_beside(forecast: str, folder: Path, **environment: str) -> Server:
    """The dashboard with an empty store of its own in `folder`, asking the forecast at that address."""
    own = {
        "FORECAST_URL": forecast,
        "DATABASE_URL": f"sqlite:///{folder / 'dashboard.db'}",
        "SECRET_KEY": secrets.token_hex(32),
        "COOKIE_SECURE": "no",
    }
    migrate = [sys.executable, "-m", "dashboard.database", "migrate"]
    subprocess.run(migrate, cwd=ROOT, env=os.environ | own, check=True, capture_output=True)
    return Server("dashboard", folder / "log", own | environment)
