from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devcluster import ownership, processes
from devcluster.commands import run
from devcluster.errors import ClusterError
from devcluster.processes import Program
from devcluster.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLEEP = (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings.read({"DEVCLUSTER_HOME": str(tmp_path / "home")})
    for folder in (settings.pids, settings.logs):
        folder.mkdir(parents=True)
    yield settings
    for name in processes.names(settings):
        processes.stop(settings, name, patience=1)
    while processes._STARTED:  # a command ends with them still there; these tests go on without
        processes._STARTED.pop().wait(10)


def pid_of(settings: Settings, name: str) -> int:
    record = processes.read_record(settings, name)
    assert record is not None
    return record.pid


def test_a_program_that_runs_is_left_alone(settings: Settings) -> None:
    program = Program("sleeper", SLEEP, lambda: True)
    processes.ensure(settings, program)
    first = pid_of(settings, "sleeper")
    processes.ensure(settings, program)
    assert pid_of(settings, "sleeper") == first


def test_other_settings_restart_it(settings: Settings) -> None:
    processes.ensure(settings, Program("sleeper", SLEEP, lambda: True))
    first = pid_of(settings, "sleeper")
    processes.ensure(settings, Program("sleeper", SLEEP, lambda: True, fingerprint="new"))
    assert pid_of(settings, "sleeper") != first
    assert processes.start_time(first) == ""


def test_a_killed_program_is_started_again(settings: Settings) -> None:
    program = Program("sleeper", SLEEP, lambda: True)
    processes.ensure(settings, program)
    first = pid_of(settings, "sleeper")
    processes.end([first], patience=1)
    assert not processes.any_alive(settings)
    processes.ensure(settings, program)
    assert processes.any_alive(settings)


def test_a_program_that_ends_during_its_start_is_reported_with_its_last_words(settings: Settings) -> None:
    command = (sys.executable, "-c", "print('no such option')")
    with pytest.raises(ClusterError, match=r"(?s)short: ended during its start: .*no such option"):
        processes.ensure(settings, Program("short", command, lambda: False))


def test_a_program_that_never_gets_ready_is_reported(settings: Settings) -> None:
    with pytest.raises(ClusterError, match="sleeper: not ready after"):
        processes.ensure(settings, Program("sleeper", SLEEP, lambda: False, patience=0.3))


def test_a_reused_pid_is_not_ours() -> None:
    record = processes.Record(os.getpid(), started="1", identity="")
    assert not processes.is_alive(record)


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.start_time(child.pid) == ""
    assert child.wait() == 0


def test_a_pid_file_cut_off_while_written_counts_as_none(settings: Settings) -> None:
    (settings.pids / "etcd.json").write_text('{"pid": 1')
    assert processes.read_record(settings, "etcd") is None


def test_another_clone_is_named_and_not_replaced_by_accident(settings: Settings) -> None:
    settings.owner.write_text("/elsewhere/serin\n")
    with pytest.raises(ClusterError, match=r"belongs to the clone /elsewhere/serin.*--fresh"):
        ownership.refuse_foreign(settings)


def test_our_own_remains_are_no_hindrance(settings: Settings) -> None:
    ownership.claim(settings)
    assert ownership.refuse_foreign(settings) is None
    assert ownership.owner(settings) == str(settings.clone)


def test_a_failing_command_says_what_was_done_and_its_last_line() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('disk is full')"]
    with pytest.raises(ClusterError, match=r"pack image: .* exit code 1: disk is full"):
        run(command, "pack image")


def test_a_missing_command_is_named() -> None:
    with pytest.raises(ClusterError, match=r"pack image: no-such-program: .*: install it"):
        run(["no-such-program"], "pack image")
