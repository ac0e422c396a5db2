"""First on the machine: what neighbours do in bursts is no figure of a server's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import subprocess

FIRST = "-20"  # as a nice value; Linux gives it to all processes of a session at once


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The process and all that come from it."""
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    return []


def put_first(process: subprocess.Popen[bytes]) -> None:
    """Let the process and its children go before others, where the system has such a thing and allows it."""
    for each in family(process):
        with suppress(OSError):  # not allowed, or not Linux's way here: then they take their turn
            Path(f"/proc/{each.pid}/autogroup").write_text(FIRST, encoding="ascii")
