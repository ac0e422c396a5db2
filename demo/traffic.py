"""The users: a process of its own that asks at a steady rate and writes every answer down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from delivery import children
from delivery.children import ROOT
from delivery.errors import StepError

FOLDER = ROOT / "build" / "demo"
LOG = FOLDER / "requests.jsonl"
PID = "traffic.pid"
LONGEST = 3600  # seconds; the demo ends the traffic long before


class Traffic:
    """Steady requests from `start` to `stop`; each answer is a line of `log`."""

    def __init__(self, url: str, host: str, rate: float, folder: Path = FOLDER) -> None:
        self.log = folder / LOG.name
        self._folder = folder
        self._words: list[str | Path] = [sys.executable, "-m", "loadtest.steady", "--url", url]
        self._words += [
            "--host-header",
            host,
            "--rate",
            f"{rate:g}",
            "--seconds",
            str(LONGEST),
            "--log",
            self.log,
        ]
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        with (self._folder / "traffic.log").open("wb") as said:
            self._child = children.start(self._words, stdout=said.fileno(), stderr=subprocess.STDOUT)
        (self._folder / PID).write_text(str(self._child.pid), encoding="utf-8")

    def check(self) -> None:
        """Raise StepError when the process has ended by itself."""
        if self._child is not None and self._child.poll() is not None:
            said = (self._folder / "traffic.log").read_text(encoding="utf-8", errors="replace")
            raise StepError(f"user traffic: it ended with exit code {self._child.returncode}: {said[-300:]}")

    def stop(self) -> None:
        """Ask no more and wait for the last answers."""
        if self._child is not None:
            children.end(self._child, signal.SIGTERM)
            (self._folder / PID).unlink(missing_ok=True)
            self._child = None


def clear_remains(folder: Path = FOLDER) -> bool:
    """End the traffic that an aborted run may have left there; whether there was any."""
    note = folder / PID
    try:
        pid = int(note.read_text(encoding="utf-8"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False
    note.unlink()
    if b"loadtest.steady" not in command:
        return False
    os.kill(pid, signal.SIGTERM)
    return True
