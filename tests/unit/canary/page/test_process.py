"""The page as a process: gunicorn, two ports, an API server, files that must be right before it starts."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.unit.canary.cli.apiserver import kubeconfig, serving

from .stage import HASH, USERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = [sys.executable, "-m", "canary.page"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@contextmanager
def running(folder: Path, *words: str) -> Iterator[tuple[int, int, subprocess.Popen[str]]]:
    """The page on two free ports, once it is ready."""
    ports = free_port(), free_port()
    command = [*PAGE, *words, "--port", str(ports[0]), "--admin-port", str(ports[1])]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log, text=True) as process:
        try:
            _wait(ports[1], process, folder / "log")
            yield (*ports, process)
        finally:
            process.kill()


def _wait(port: int, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if read(port, "/readyz")[0] == 200:
                return
        except OSError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_the_page_shows_what_the_api_server_holds_and_keeps_its_metrics_apart(tmp_path: Path) -> None:
    with (
        serving() as server,
        running(tmp_path, "--kubeconfig", kubeconfig(tmp_path, server.server_address[1])) as (
            port,
            admin,
            process,
        ),
    ):
        code, page = read(port, "/releases/production/forecast")
        assert (code, "waiting for evidence" in page) == (200, True)
        assert read(port, "/metrics")[0] == 404
        code, metrics = read(admin, "/metrics")
        route = 'route="/releases/<object:namespace>/<object:name>"'
        assert f'canary_page_request_seconds_count{{code="200",method="GET",{route}}} 1.0' in metrics
        assert read(admin, "/livez")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert any("Booting worker" in line["message"] for line in lines)


def test_a_cluster_that_is_away_is_a_page_and_no_crash(tmp_path: Path) -> None:
    place = kubeconfig(tmp_path, free_port())
    with running(tmp_path, "--kubeconfig", place) as (port, _, _process):
        code, page = read(port, "/")
        assert (code, "The cluster gives no answer" in page) == (503, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--users", "users"], "users sign in with --passwords and --session-key: give both"),
        (["--readers", "users"], "--readers users: nobody could look"),
        (["--users", "users", "--passwords", "absent", "--session-key", "key"], "absent: read: No such file"),
        (["--users", "users", "--passwords", "empty", "--session-key", "key"], "empty: no password of ann"),
        (["--users", "users", "--passwords", "passwords", "--session-key", "empty"], "has 0 characters"),
        (["--users", "empty", "--passwords", "passwords", "--session-key", "key"], "is no list of users"),
    ],
)
def test_what_cannot_work_is_said_before_anybody_is_served(
    tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "users").write_text(json.dumps(USERS))
    (tmp_path / "passwords").write_text(f"ann:{HASH}\nvic:{HASH}\n")
    (tmp_path / "key").write_text("k" * 32)
    (tmp_path / "empty").write_text("")
    done = subprocess.run([*PAGE, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert said in line


def test_without_a_cluster_that_is_known_it_does_not_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PAGE, "--kubeconfig", "absent"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "absent: load: " in done.stderr
