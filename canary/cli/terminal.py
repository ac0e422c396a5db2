"""Where the command line writes and what time it is there: everything a verb needs besides the cluster."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Clock(Protocol):
    """Wall time in seconds since the epoch, elapsed seconds that never jump, and waiting."""

    def now(self) -> float: ...
    def elapsed(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()

    def elapsed(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Terminal:
    """stdout is the answer, stderr the story; `live` means that stdout can be redrawn."""

    out: TextIO
    err: TextIO
    stdin: BinaryIO
    clock: Clock
    live: bool = False
    colour: bool = False
    columns: Callable[[], int] = lambda: 100

    def say(self, line: str) -> None:
        """Part of the answer."""
        self.out.write(f"{line}\n")
        self.out.flush()

    def tell(self, line: str) -> None:
        """Part of the story."""
        self.err.write(f"canary: {line}\n")
        self.err.flush()


def system_terminal(environment: Mapping[str, str] = os.environ) -> Terminal:
    """Take the process's own streams; colour only on a terminal, and never when NO_COLOR is set."""
    live = sys.stdout.isatty() and environment.get("TERM") != "dumb"
    return Terminal(
        out=sys.stdout,
        err=sys.stderr,
        stdin=sys.stdin.buffer,
        clock=SystemClock(),
        live=live,
        colour=live and not environment.get("NO_COLOR"),
        columns=lambda: shutil.get_terminal_size().columns,
    )
