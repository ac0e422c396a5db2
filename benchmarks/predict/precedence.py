"""First on the machine: what neighbours do in bursts is no figure of a server's.

A server goes before everything else as soon as it has something to do: it sleeps between requests, and the
scheduler would let a neighbour finish its turn of some milliseconds first. A load watches the clock all the
time, so it only gets by far the most of its core. Where the system has no such thing, or does not allow it,
both take their turn like everybody else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

MOST = "-20"  # as a nice value; Linux gives it to a session, which every child of ours has for itself


def at_once(server: subprocess.Popen[bytes]) -> None:
    """Let a process that has just been started, and all that comes from it, run whenever it can."""
    with suppress(OSError):
        os.sched_setscheduler(server.pid, os.SCHED_RR, os.sched_param(1))


def mostly(load: subprocess.Popen[bytes]) -> None:
    """Let a process run most of the time."""
    with suppress(OSError):
        Path(f"/proc/{load.pid}/autogroup").write_text(MOST, encoding="ascii")
