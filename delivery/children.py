"""Commands run for a step: never silent, never left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "logs"
BEAT = 5.0  # seconds without a word before the elapsed time and the last line of the child are shown
LOOK = 0.2  # seconds between two looks at a child
GRACE = 10.0  # seconds between SIGTERM and SIGKILL
_stopped = threading.Event()
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended: exit code and everything it said on both streams."""

    code: int
    output: str

    @property
    def tail(self) -> str:
        """The last lines, enough to see why."""
        return "\n".join(self.output.strip().splitlines()[-15:])


def run(
    label: str, argv: Sequence[str | Path], say: Callable[[str], None], env: Mapping[str, str] | None = None
) -> str:
    """Run a command to its end and return its output. Raises StepError with its last lines when it fails."""
    answer = attempt(label, argv, say, env)
    if answer.code != 0:
        shown = " ".join(str(word) for word in argv[:4])
        raise StepError(f"{label}: {shown} ended with exit code {answer.code}:\n{answer.tail}")
    return answer.output


def attempt(
    label: str, argv: Sequence[str | Path], say: Callable[[str], None], env: Mapping[str, str] | None = None
) -> Answer:
    """Run a command to its end whatever its exit code. Raises StepError when it cannot be started."""
    child = start(argv, env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(child, lines, _log(label)), daemon=True)
    reader.start()
    try:
        _accompany(child, label, lines, say)
    except BaseException:
        end(child)
        raise
    finally:
        reader.join(GRACE)
    return Answer(child.returncode, "".join(lines))


def start(
    argv: Sequence[str | Path], env: Mapping[str, str] | None = None, **streams: int
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own. Raises StepError when there is no such program."""
    words = [str(word) for word in argv]
    try:
        child: subprocess.Popen[bytes] = subprocess.Popen(
            words,
            env=dict(os.environ, **(env or {})),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **streams,  # type: ignore[call-overload]
        )
    except OSError as error:
        raise StepError(f"{words[0]}: cannot be started: {error.strerror}: install it or fix PATH") from error
    return child


def end(child: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM) -> None:
    """End a child with its whole group, politely first."""
    for wish in (first, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, wish)
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue


def stop() -> None:
    """Let every command that is accompanied end as if it had failed, and start no other."""
    _stopped.set()


def resume() -> None:
    """Let commands run again."""
    _stopped.clear()


def _accompany(
    child: subprocess.Popen[bytes], label: str, lines: list[str], say: Callable[[str], None]
) -> None:
    began = spoke = time.monotonic()
    while _lives(child):
        now = time.monotonic()
        if _stopped.is_set():
            raise StepError(f"{label}: ended, because another step failed")
        if now - spoke >= BEAT:
            spoke = now
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
            say(f"{label}: {now - began:.0f} s{': ' if last else ''}{last[:120]}")


def _lives(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(LOOK)
    except subprocess.TimeoutExpired:
        return True
    return False


def _collect(child: subprocess.Popen[bytes], lines: list[str], log: Path) -> None:
    assert child.stdout is not None  # noqa: S101 start() was asked for a pipe
    with child.stdout, log.open("a", encoding="utf-8") as file:
        for raw in child.stdout:
            line = _ESCAPES.sub("", raw.decode("utf-8", "replace")).replace("\r", "\n")
            lines.append(line)
            file.write(line)


def _log(label: str) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / (re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") + ".log")
