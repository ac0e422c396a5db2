"""What stands still goes on again, whatever happens."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.faults import plane
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def child() -> Iterator[int]:
    command = [sys.executable, "-c", "import time; time.sleep(30)"]
    with subprocess.Popen(command) as process:
        yield process.pid
        process.kill()


def state(pid: int) -> str:
    time.sleep(0.05)
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_frozen_process_goes_on_even_when_the_block_fails(child: int) -> None:
    seen = []

    def block() -> None:
        with plane.frozen(child):
            seen.append(state(child))
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        block()
    assert seen == ["T"]
    assert state(child) in "SR"


def test_etcd_stands_still_for_ten_seconds_at_most() -> None:
    with pytest.raises(ValueError, match="at most 10"):
        plane.pause_etcd(11)


def test_without_the_embedded_cluster_it_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEVCLUSTER_HOME", str(tmp_path))
    with pytest.raises(StepError, match="make up"):
        plane.restart_api_server()
