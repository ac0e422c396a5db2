"""A real gunicorn: start, refusal, hang, crash, and a stop that no request notices."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

ASK = "/predict?branch=Dubai%20Mall&date=2025-12"


def resident_mib(*processes: int) -> float:
    """Proportional set size: pages shared by arbiter and worker count once."""
    rolled = [Path(f"/proc/{one}/smaps_rollup").read_text().splitlines() for one in processes]
    return sum(int(line.split()[1]) for lines in rolled for line in lines if line.startswith("Pss:")) / 1024


@pytest.fixture
def keep_alive() -> Iterator[Callable[[int], http.client.HTTPConnection]]:
    """Open connections to a port of 127.0.0.1; all are closed with the test."""
    with ExitStack() as opened:
        yield lambda port: opened.enter_context(
            closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5))
        )


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, str | None]:
    connection.request("GET", path)
    return answer(connection)


def answer(connection: http.client.HTTPConnection) -> tuple[int, str | None]:
    """Read the whole answer; return its status and Connection header."""
    with connection.getresponse() as response:
        response.read()
        return response.status, response.headers["Connection"]


def test_it_serves_logs_and_measures(serve: Callable[..., Any]) -> None:
    service = serve(REVISION="rev1")
    service.wait_until(200)
    status, body = service.get(ASK)
    assert (status, json.loads(body)["branch"]) == (200, "Dubai Mall")
    assert service.admin("/livez")[0] == 200
    page = service.admin("/metrics")[1].decode()
    assert 'flask_http_request_total{method="GET",model_version="v1",status="200"} 1.0' in page
    assert "livez" not in page
    assert service.admin("/predict")[0] == 404
    assert resident_mib(service.process.pid, *service.children()) <= 180
    (access,) = [line for line in service.log_lines() if line["logger"] == "service.access"]
    assert (access["status"], access["model_version"], access["revision"]) == (200, "v1", "rev1")


def test_a_refused_model_leaves_the_process_alive_and_not_ready(
    serve: Callable[..., Any], models: Path, tmp_path: Path
) -> None:
    spoiled = Path(shutil.copytree(models / "v1", tmp_path / "spoiled"))
    (spoiled / "model.joblib").write_bytes(b"not a model")
    service = serve(MODEL_DIR=str(spoiled))
    service.wait_until(200, "/livez")
    service.wait_until(503)
    deadline = time.monotonic() + 10
    while "being loaded" in (reason := json.loads(service.admin("/readyz")[1])["reason"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "changed or cut short" in reason
    status, body = service.get(ASK)
    assert (status, json.loads(body)["code"]) == (503, "not_ready")
    errors = [line["message"] for line in service.log_lines() if line["level"] == "error"]
    assert len(errors) == 1
    assert "changed or cut short" in errors[0]


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"FAULTS": '{"delay": true}'}, 'FAULTS: refused: faults are given without "enabled": true'),
        ({"PORT": "http"}, "PORT: 'http' is no number"),
    ],
    ids=["faults-without-switch", "port-no-number"],
)
def test_a_bad_configuration_is_one_line_and_exit_2(environment: dict[str, str], reason: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn_conf.py"],
        cwd=Path(__file__).parents[3],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[0].startswith(f"forecast service: {reason}")
    assert len(ended.stderr.splitlines()) == 1


def test_probes_and_metrics_answer_while_every_request_hangs(serve: Callable[..., Any]) -> None:
    service = serve(
        THREADS="2", FAULTS='{"enabled": true, "hang": true}', DRAIN_SECONDS="0", GRACE_SECONDS="1"
    )
    service.wait_until(200)
    hung = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(4)]
    for connection in hung:
        connection.sendall(f"GET {ASK} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    with pytest.raises(TimeoutError):
        service.get(ASK, timeout=0.5)
    for path in ("/livez", "/readyz", "/metrics"):
        assert service.admin(path)[0] == 200
    service.terminate()
    assert service.process.wait(5) == 0
    for connection in hung:
        connection.close()


def test_a_crashed_worker_comes_back(serve: Callable[..., Any]) -> None:
    service = serve(FAULTS='{"enabled": true, "crash": {"after_requests": 2}}')
    service.wait_until(200)
    (worker,) = service.children()
    assert [service.get(ASK)[0] for _ in range(2)] == [200, 200]
    with pytest.raises(ConnectionError):
        service.get(ASK)
    assert service.get(ASK)[0] == 200
    assert service.children() != [worker]


class Users:
    """Keep-alive clients that ask without pause, behind a proxy that follows readiness late."""

    def __init__(self, port: int, count: int) -> None:
        self.answered = 0
        self.failures: list[str] = []
        self._port = port
        self._gone = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join(10)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        while not self._gone.is_set():
            try:
                connection.request("GET", ASK)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            self.answered += 1
            if response.status != 200:
                self.failures.append(str(response.status))
        connection.close()


def test_no_request_fails_when_the_pod_is_stopped_under_load(
    serve: Callable[..., Any], keep_alive: Callable[[int], http.client.HTTPConnection]
) -> None:
    service = serve(DRAIN_SECONDS="2", FAULTS='{"enabled": true, "delay": {"ratio": 0.2, "seconds": 0.2}}')
    service.wait_until(200)
    idle = keep_alive(service.port)
    assert ask(idle, "/openapi.json") == (200, "keep-alive")
    users = Users(service.port, count=6)
    time.sleep(0.5)
    before = users.answered
    service.terminate()
    service.wait_until(503, seconds=1)
    time.sleep(1.2)  # endpoints and proxies follow late; traffic goes on meanwhile
    users.leave()
    assert users.failures == []
    assert users.answered > before > 20
    assert ask(idle, ASK) == (200, "close")
    assert service.process.wait(10) == 0


def test_a_request_in_flight_and_one_on_a_kept_connection_outlive_the_drain(
    serve: Callable[..., Any], keep_alive: Callable[[int], http.client.HTTPConnection]
) -> None:
    service = serve(DRAIN_SECONDS="0.3", FAULTS='{"enabled": true, "delay": {"seconds": 1.0}}')
    service.wait_until(200)
    kept, flying = keep_alive(service.port), keep_alive(service.port)
    assert ask(kept, "/openapi.json") == (200, "keep-alive")
    flying.request("GET", ASK)
    time.sleep(0.1)
    service.terminate()
    time.sleep(0.6)  # the drain is over, the listener closed
    assert ask(kept, "/openapi.json") == (200, "close")
    assert answer(flying)[0] == 200
    assert service.process.wait(10) == 0


def test_under_overload_the_accepted_are_answered_in_time_and_the_rest_is_told_to_come_back(
    serve: Callable[..., Any],
) -> None:
    fault = '{"enabled": true, "delay": {"seconds": 0.2}}'
    service = serve(THREADS="2", QUEUE_SECONDS="0.5", FAULTS=fault)  # ten requests a second at most
    service.wait_until(200)
    seen: list[tuple[int, str | None, float]] = []

    def ask_once() -> None:
        started = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)) as connection:
            connection.request("GET", ASK)
            response = connection.getresponse()
            response.read()
        seen.append((response.status, response.headers["Retry-After"], time.monotonic() - started))

    users = [threading.Thread(target=ask_once) for _ in range(90)]
    alive = []
    for number, user in enumerate(users):
        user.start()
        time.sleep(1 / 30)
        if number % 10 == 0:
            alive += [service.admin(path)[0] for path in ("/livez", "/readyz")]
    assert alive == [200] * 18
    for user in users:
        user.join()
    took = {status: [one for code, _, one in seen if code == status] for status in (200, 503)}
    assert len(took[200]) + len(took[503]) == 90
    assert len(took[200]) >= 20
    assert len(took[503]) >= 20
    assert {retry for status, retry, _ in seen if status == 503} == {"1"}
    assert max(took[200]) < 4  # the last would wait six seconds if all were let in
    started = time.monotonic()
    assert service.get(ASK)[0] == 200
    assert time.monotonic() - started < 5
    assert b'status="503"' in service.admin("/metrics")[1]
