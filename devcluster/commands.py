"""Runs a program to its end, with signs of life and a readable error."""

from __future__ import annotations

import subprocess
import tempfile
from typing import TYPE_CHECKING

from devcluster.errors import ClusterError
from devcluster.progress import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SHOWN_LINES = 5


def run(
    command: Sequence[str | Path],
    doing: str,
    *,
    text: str = "",
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Return the program's stdout; `text` is its stdin.

    Raises ClusterError when the program is missing or exits with anything but 0.
    """
    words = [str(word) for word in command]
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        given.write(text)
        given.seek(0)
        try:
            child = subprocess.Popen(words, stdin=given, stdout=out, stderr=err, env=env, cwd=folder)
        except OSError as cause:
            raise ClusterError(f"{doing}: {words[0]}: {cause.strerror}: install it and try again") from cause
        code = _wait(child, doing)
        out.seek(0)
        err.seek(0)
        answer = out.read()
        if code != 0:
            raise ClusterError(
                f"{doing}: {' '.join(words[:4])}: exit code {code}: {_tail(err.read() or answer)}"
            )
        return answer


def succeeds(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> bool:
    """Whether the program exits with 0; its output is dropped. Raises OSError when it is missing."""
    quiet = subprocess.DEVNULL
    words = [str(word) for word in command]
    return (
        subprocess.run(words, stdin=quiet, stdout=quiet, stderr=quiet, env=env, check=False).returncode == 0
    )


def _wait(child: subprocess.Popen[bytes], doing: str) -> int:
    heartbeat = Heartbeat(doing)
    while True:
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            heartbeat.beat()
        except BaseException:
            child.terminate()
            child.wait()
            raise


def _tail(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " | ".join(lines[-SHOWN_LINES:]) or "it said nothing"
