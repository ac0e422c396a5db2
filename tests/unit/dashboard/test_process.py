"""A real gunicorn: start, refusal, probes, and a stop that lets a request in flight finish."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Provider

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "gunicorn", "--config", "dashboard/gunicorn_conf.py"]


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


class Process:
    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.port, self.admin_port = free_ports()
        self.log = log
        ports = {"HOST": "127.0.0.1", "PORT": str(self.port), "ADMIN_PORT": str(self.admin_port)}
        with log.open("w") as output:
            self.process = subprocess.Popen(
                COMMAND, cwd=ROOT, env=os.environ | ports | environment, stdout=output, stderr=output
            )
        self._wait()

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.get("/readyz", self.admin_port)[0] == 200:
                    return
            except OSError:
                pass  # not listening yet: asked again until the deadline
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())


@pytest.fixture
def started(provider: Provider, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    running: list[Process] = []

    def start(**environment: str) -> Process:
        running.append(Process(tmp_path / "log", {"FORECAST_URL": provider.url, **environment}))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait(5)


def test_it_serves_pages_on_one_port_and_probes_on_another(started: Callable[..., Process]) -> None:
    dashboard = started()
    status, page = dashboard.get("/?branch=Dubai+Mall&month=2025-12")
    assert status == 200
    assert "Paracetamol 500 mg" in page
    assert dashboard.get("/livez", dashboard.admin_port)[0] == 200
    status, figures = dashboard.get("/metrics", dashboard.admin_port)
    assert 'dashboard_forecast_calls_total{outcome="answered"} 3.0' in figures
    assert dashboard.get("/metrics")[0] == 404
    assert dashboard.get("/elsewhere", dashboard.admin_port)[0] == 404


def test_it_stops_when_told_to(started: Callable[..., Process]) -> None:
    dashboard = started()
    dashboard.process.send_signal(signal.SIGTERM)
    assert dashboard.process.wait(20) == 0


def test_it_refuses_a_configuration_by_its_name() -> None:
    environment = os.environ | {"FORECAST_URL": "nowhere"}
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "dashboard: FORECAST_URL: 'nowhere' is no address of a server" in done.stderr
