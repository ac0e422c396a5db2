import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from loadtest import records, steady
from loadtest.catalogue import Target, UnreachableError, fetch
from loadtest.payloads import Question
from loadtest.steady import Pace, SteadyTraffic

ASKED = (Question("Dubai Mall", "2025-12"), Question("Al Ain Oasis", "2026-01"))


def traffic(pharmacy: Any, pace: Pace, log: Path | None = None) -> SteadyTraffic:
    return SteadyTraffic(Target(pharmacy.url, "forecast.serin.test"), pace, ASKED, log)


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_sends_at_the_asked_rate_over_kept_connections(pharmacy: Any) -> None:
    running = traffic(pharmacy, Pace(rate=100, seconds=1))
    began = time.monotonic()
    running.start()
    final = running.join()
    assert (final.sent, final.finished, final.failed) == (100, 100, 0)
    assert final.by("revision") == {"abcdef0123": 100}
    assert final.by("version") == {"v1": 100}
    assert pharmacy.hosts == {"forecast.serin.test"}
    assert pharmacy.connections < 50
    assert time.monotonic() - began >= 0.98


def test_every_request_becomes_one_line_of_the_log(pharmacy: Any, tmp_path: Path) -> None:
    log = tmp_path / "deep" / "traffic.jsonl"
    running = traffic(pharmacy, Pace(rate=50, seconds=0.4), log)
    before = time.time()
    running.start()
    running.join()
    lines = list(records.read(log))
    assert [r.status for r in lines] == [200] * 20
    assert all(before <= r.start <= time.time() and 0 < r.ms < 5000 for r in lines)
    assert {(r.revision, r.version, r.error, r.valid) for r in lines} == {("abcdef0123", "v1", "", True)}


def test_a_watcher_sees_lines_while_traffic_runs(pharmacy: Any, tmp_path: Path) -> None:
    log = tmp_path / "traffic.jsonl"
    running = traffic(pharmacy, Pace(rate=50, seconds=30), log)
    running.start()
    deadline = time.monotonic() + 10
    while not (log.exists() and log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.running
    assert not next(records.read(log)).failed
    running.stop()


def test_stop_waits_for_what_is_in_flight(pharmacy: Any) -> None:
    pharmacy.delay = 0.3
    running = traffic(pharmacy, Pace(rate=20, seconds=30))
    running.start()
    time.sleep(0.4)
    final = running.stop()
    assert final.finished == final.sent > 0
    assert final.failed == 0


@pytest.mark.parametrize(
    ("manners", "status", "error"),
    [
        pytest.param({"status": 503}, 503, "status-503", id="server error"),
        pytest.param({"status": 404}, 404, "status-404", id="a missing route is a failure too"),
        pytest.param({"lie": {"branch": "Deira"}}, 200, "other-question", id="wrong branch"),
        pytest.param({"lie": {"forecasts": []}}, 200, "empty", id="no forecasts"),
        pytest.param({"delay": 0.6}, 0, "timeout", id="too slow"),
    ],
)
def test_bad_answers_are_failures_with_a_word(
    pharmacy: Any, manners: dict[str, Any], status: int, error: str
) -> None:
    for name, value in manners.items():
        setattr(pharmacy, name, value)
    running = traffic(pharmacy, Pace(rate=20, seconds=0.25, timeout=0.3))
    running.start()
    final = running.join()
    assert (final.sent, final.failed) == (5, 5)
    assert (final.by("status"), final.by("error", only_failed=True)) == ({status: 5}, {error: 5})


def test_slow_answers_do_not_slow_the_sender(pharmacy: Any) -> None:
    pharmacy.delay = 0.5
    running = traffic(pharmacy, Pace(rate=40, seconds=0.5))
    began = time.monotonic()
    running.start()
    assert running.join().sent == 20
    assert time.monotonic() - began < 10


def test_a_kept_connection_closed_between_requests_is_no_failure(pharmacy: Any) -> None:
    pharmacy.hang_up_after = 3
    running = traffic(pharmacy, Pace(rate=50, seconds=0.6))
    running.start()
    final = running.join()
    assert (final.finished, final.failed) == (30, 0)


def test_nobody_listening_is_status_zero() -> None:
    target = Target(f"http://127.0.0.1:{closed_port()}", "")
    running = SteadyTraffic(target, Pace(rate=20, seconds=0.2), ASKED)
    running.start()
    assert running.join().by("error") == {"refused": 4}


@pytest.mark.parametrize(
    "pace", [(0, 1, 1), (1001, 1, 1), (1, 0, 1), (1, 90_000, 1), (1, 1, 0), (1, 1, 61)], ids=str
)
def test_traffic_is_bounded(pace: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0 and at most"):
        Pace(*pace)


def test_questions_come_from_the_service(pharmacy: Any) -> None:
    assert Question("Dubai Mall", "2025-12") in fetch(Target(pharmacy.url, "forecast.serin.test"), patience=5)


def test_an_unreachable_service_is_named() -> None:
    target = Target(f"http://127.0.0.1:{closed_port()}", "forecast.serin.test")
    with pytest.raises(UnreachableError, match=r"forecast\.serin\.test: GET /openapi\.json"):
        fetch(target, patience=0)


def test_the_command_prints_a_summary(pharmacy: Any, tmp_path: Path) -> None:
    log = tmp_path / "traffic.jsonl"
    command = [sys.executable, "-m", "loadtest.steady", "--url", pharmacy.url, "--rate", "20"]
    done = subprocess.run(
        [*command, "--seconds", "0.5", "--log", str(log)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["sent"], summary["failed"]) == (10, 0)
    assert len(list(records.read(log))) == 10


def test_the_command_ends_well_on_sigterm(pharmacy: Any, tmp_path: Path) -> None:
    log = tmp_path / "traffic.jsonl"
    command = [sys.executable, "-m", "loadtest.steady", "--url", pharmacy.url, "--log", str(log)]
    process = subprocess.Popen([*command, "--seconds", "60"], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while not (log.exists() and log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert json.loads(out)["finished"] == len(list(records.read(log)))


@pytest.mark.parametrize(
    "arguments",
    [["--rate", "0"], ["--url", "https://127.0.0.1"], ["--rate", "many"], ["--speed", "1"]],
    ids=["rate", "scheme", "number", "flag"],
)
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        steady.main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
