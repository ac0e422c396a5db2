"""A process gets another time of day, and nothing else of it changes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.faults import clock
from delivery.errors import StepError

if TYPE_CHECKING:
    from pathlib import Path

LOOK = "import time; print(time.time(), time.monotonic())"


def test_the_wish_stands_in_a_file_that_can_be_changed(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "clock"
    made = clock.Clock(file)
    assert file.read_text() == "+0.000\n"
    made.set(-3600)
    assert file.read_text() == "-3600.000\n"


def test_a_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clock, "PLACES", (str(tmp_path),))
    with pytest.raises(StepError, match="apt-get install libfaketime"):
        clock.library()


def test_a_found_library_is_what_the_process_is_started_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(clock, "PLACES", (str(tmp_path),))
    (tmp_path / "libfaketimeMT.so.1").touch()
    env = dict(clock.Clock(tmp_path / "clock").env)
    assert env["LD_PRELOAD"] == str(tmp_path / "libfaketimeMT.so.1")
    assert env["FAKETIME_TIMESTAMP_FILE"] == str(tmp_path / "clock")


@pytest.mark.cluster
def test_only_the_time_of_day_is_moved(tmp_path: Path) -> None:
    clock.ensure(lambda _: None)
    made = clock.Clock(tmp_path / "clock")
    made.set(3600)
    began = time.time(), time.monotonic()
    command = [sys.executable, "-c", LOOK]
    said = subprocess.run(
        command, env={**os.environ, **dict(made.env)}, capture_output=True, text=True, check=True
    )
    wall, watch = map(float, said.stdout.split())
    assert wall - began[0] == pytest.approx(3600, abs=30)
    assert watch - began[1] == pytest.approx(0, abs=30)
