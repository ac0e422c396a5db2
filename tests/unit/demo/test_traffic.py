"""Traffic has a folder: its log, its process id, and what an aborted run left there."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from demo.traffic import FOLDER, PID, Traffic, clear_remains

if TYPE_CHECKING:
    from pathlib import Path

SLEEPER = "import time; time.sleep(60)"


def left(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", SLEEPER, *words])
    (folder / PID).write_text(str(child.pid))
    while SLEEPER not in running(child):
        time.sleep(0.01)
    return child


def running(child: subprocess.Popen[bytes]) -> str:
    with open(f"/proc/{child.pid}/cmdline") as words:  # noqa: PTH123 - a file of the kernel's
        return words.read()


def test_the_log_lies_in_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    assert Traffic("http://127.0.0.1:1", "a.test", 1, tmp_path).log == tmp_path / "requests.jsonl"
    assert Traffic("http://127.0.0.1:1", "a.test", 1).log.parent == FOLDER


def test_traffic_of_an_aborted_run_is_ended(tmp_path: Path) -> None:
    child = left(tmp_path, "loadtest.steady")
    assert clear_remains(tmp_path)
    assert child.wait(10) != 0
    assert not (tmp_path / PID).exists()


def test_a_stranger_that_got_the_process_id_lives_on(tmp_path: Path) -> None:
    child = left(tmp_path)
    assert not clear_remains(tmp_path)
    assert child.poll() is None
    child.kill()
    child.wait()


def test_without_a_note_nothing_is_ended(tmp_path: Path) -> None:
    assert not clear_remains(tmp_path)
