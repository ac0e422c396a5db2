import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from service import app, settings
from service.lifecycle import Lifecycle
from service.metrics import Metrics

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """As in the image: on busy cores, threads of the numeric libraries wait for each other."""
    with threadpool_limits(limits=1):
        yield


class Deployed:
    """The application in this process, as the composition root would put it together."""

    def __init__(self, **environment: str) -> None:
        chosen = settings.read(environment)
        self.lifecycle = Lifecycle(chosen)
        self.metrics = Metrics(self.lifecycle, chosen.revision)
        self.client = app.create(chosen, self.lifecycle, self.metrics).test_client()
        self.lifecycle.load()


@pytest.fixture(scope="session")
def deployed(models: Path) -> Deployed:
    return Deployed(MODEL_DIR=str(models / "v1"), REVISION="rev1")


@pytest.fixture
def deploy(models: Path) -> Callable[..., Deployed]:
    return lambda **environment: Deployed(**{"MODEL_DIR": str(models / "v1"), **environment})


class Process:
    """A real gunicorn on free ports of 127.0.0.1."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.port, self.admin_port = _free_ports()
        self._log = log
        ports = {"HOST": "127.0.0.1", "PORT": str(self.port), "ADMIN_PORT": str(self.admin_port)}
        command = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn_conf.py"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"OMP_NUM_THREADS": "1"} | ports | environment,
                stdout=output,
                stderr=output,
            )

    def get(self, path: str, timeout: float = 5) -> tuple[int, bytes]:
        """Ask the service port on a fresh connection."""
        return _get(self.port, path, timeout)

    def admin(self, path: str) -> tuple[int, bytes]:
        return _get(self.admin_port, path, timeout=2)

    def wait_until(self, status: int, path: str = "/readyz", seconds: float = 30) -> None:
        """Wait until the admin port answers `path` with `status`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log_text()
            try:
                if self.admin(path)[0] == status:
                    return
            except OSError:
                pass  # not listening yet: asked again until the deadline
            time.sleep(0.02)
        raise AssertionError(f"{path} never answered {status}\n{self.log_text()}")

    def log_text(self) -> str:
        return self._log.read_text()

    def log_lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log_text().splitlines()]

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in listed.split()]

    def end(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            for child in self.children():
                os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.wait(5)


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _get(port: int, path: str, timeout: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture
def serve(models: Path, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start processes with the given environment; all are ended with the test."""
    started: list[Process] = []

    def start(**environment: str) -> Process:
        log = tmp_path / f"service-{len(started)}.log"
        started.append(Process(log, {"MODEL_DIR": str(models / "v1"), **environment}))
        return started[-1]

    yield start
    for process in started:
        process.end()
