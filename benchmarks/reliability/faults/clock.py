"""Another time for one process, by libfaketime; the machine's clock and the process' stop-watch stay right.

A clock that somebody sets jumps, and what counts seconds since the start of the machine does not: so only
the time of day is moved, and can be moved again while the process runs.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from delivery import children
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARIES = ("libfaketimeMT.so.1", "faketime/libfaketimeMT.so.1")
PLACES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/lib")


class Clock:
    """The time of day of processes that are started with `env`: so many seconds from the right one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0.0)

    @property
    def env(self) -> tuple[tuple[str, str], ...]:
        """What a process is started with. Raises StepError where the library is missing."""
        return (
            ("LD_PRELOAD", str(library())),
            ("FAKETIME_TIMESTAMP_FILE", str(self._file)),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        )

    def set(self, ahead: float) -> None:
        """Let the clock be so many seconds ahead of the right time from now on; below 0: behind."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        half = self._file.with_suffix(".half")
        half.write_text(f"{ahead:+.3f}\n", encoding="ascii")
        half.replace(self._file)


def library() -> Path:
    """Where libfaketime is. Raises StepError when it is not installed."""
    found = [Path(place) / name for place in PLACES for name in LIBRARIES]
    there = next((path for path in found if path.exists()), None)
    if there is None:
        raise StepError("libfaketime: not installed: run `apt-get install libfaketime`")
    return there


def ensure(say: Callable[[str], None]) -> None:
    """Install libfaketime where it is missing and can be. Raises StepError when that fails."""
    try:
        library()
    except StepError:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "libfaketime"]
        if children.attempt("libfaketime", install, say).code:
            children.run("package lists", ["apt-get", "update"], say)
            children.run("libfaketime", install, say)
        library()
