"""The long-running programs of the cluster: one pid file and one log each."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster.errors import ClusterError
from devcluster.progress import Heartbeat, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from devcluster.settings import Settings

SHOWN_LINES = 8
_STARTED: list[subprocess.Popen[bytes]] = []  # they outlive this command, so nobody waits for them
# Proxies of the machine must not stand between the parts of the cluster, so nothing else is handed down.
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Program:
    """A program to keep running: `ready` says whether it does its work, within `patience` seconds.

    `fingerprint` stands for the files it reads at start: it is restarted when they changed.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    fingerprint: str = ""
    patience: float = 120.0  # a loaded laptop is slow, not broken


@dataclass(frozen=True, slots=True)
class Record:
    """What a pid file says: a pid may be reused, so the start time of the process belongs to it."""

    pid: int
    started: str
    identity: str


def ensure(settings: Settings, program: Program) -> None:
    """Start the program if it is not running as wanted, and wait until it is ready.

    Raises ClusterError with its last log lines when it ends or is not ready in time.
    """
    identity = json.dumps([*program.command, program.fingerprint])
    record = read_record(settings, program.name)
    if record and is_alive(record) and record.identity != identity:
        say(f"{program.name}: runs with other settings: restarting it")
        stop(settings, program.name)
    if not (record and is_alive(record) and record.identity == identity):
        _start(settings, program, identity)
    _wait_ready(settings, program)


def names(settings: Settings) -> list[str]:
    """Programs that have a pid file, alive or not."""
    return sorted(path.stem for path in settings.pids.glob("*.json"))


def any_alive(settings: Settings) -> bool:
    """Whether any program of the cluster runs."""
    records = (read_record(settings, name) for name in names(settings))
    return any(record is not None and is_alive(record) for record in records)


def read_record(settings: Settings, name: str) -> Record | None:
    """What the pid file says, or None where there is none or it was cut off while being written."""
    try:
        return Record(**json.loads(_pid_file(settings, name).read_text()))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def is_alive(record: Record) -> bool:
    """Whether that very process runs (a zombie does not)."""
    return record.started != "" and start_time(record.pid) == record.started


def start_time(pid: int) -> str:
    """Clock ticks from boot to the start of the process; empty when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def stop(settings: Settings, name: str, patience: float = 10.0) -> None:
    """End the program: politely first, by force after `patience` seconds; forget its pid file."""
    record = read_record(settings, name)
    if record and is_alive(record):
        end([record.pid], patience)
    _pid_file(settings, name).unlink(missing_ok=True)


def end(pids: list[int], patience: float) -> None:
    """End processes with SIGTERM, and those left after `patience` seconds with SIGKILL."""
    born = {pid: start_time(pid) for pid in pids}
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        left = _signal(born, number)
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [pid for pid in left if start_time(pid) == born[pid]]
        if not left:
            return


def _signal(born: dict[int, str], number: signal.Signals) -> list[int]:
    reached = []
    for pid, started in born.items():
        if started and start_time(pid) == started:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue  # it ended between the look and the signal
            reached.append(pid)
    return reached


def _start(settings: Settings, program: Program, identity: str) -> None:
    log = log_file(settings, program.name)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    environment = {"PATH": SEARCH_PATH, "HOME": str(settings.home), "LANG": "C.UTF-8"}
    with log.open("w") as sink:
        child = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=settings.home,
            env=environment,
            start_new_session=True,
        )
    _STARTED.append(child)
    record = {"pid": child.pid, "started": start_time(child.pid), "identity": identity}
    _pid_file(settings, program.name).write_text(json.dumps(record))


def _wait_ready(settings: Settings, program: Program) -> None:
    heartbeat = Heartbeat(f"{program.name}: waiting until it is ready")
    while not program.ready():
        record = read_record(settings, program.name)
        waited = time.monotonic() - heartbeat.started
        if record is None or not is_alive(record):
            raise ClusterError(
                f"{program.name}: ended during its start: {_last_lines(settings, program.name)}"
            )
        if waited > program.patience:
            raise ClusterError(
                f"{program.name}: not ready after {waited:.0f} s: {_last_lines(settings, program.name)}"
            )
        heartbeat.beat()
        time.sleep(0.1)


def _last_lines(settings: Settings, name: str) -> str:
    log = log_file(settings, name)
    lines = log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
    shown = "".join(f"\n    {line[:300]}" for line in lines) or "\n    (it wrote nothing)"
    return f"see {log}, which ends with{shown}"


def log_file(settings: Settings, name: str) -> Path:
    """Where the program's output goes."""
    return settings.logs / f"{name}.log"


def _pid_file(settings: Settings, name: str) -> Path:
    return settings.pids / f"{name}.json"
