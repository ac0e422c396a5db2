"""The two loads on a server, from a core of their own: wrk's closed loop, and an open loop at a rate."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.predict import closed, opened
from benchmarks.predict.opened import Opened
from benchmarks.predict.precedence import mostly
from benchmarks.predict.served import FOLDER, LOAD_CORE
from delivery import children
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.predict.closed import Closed
    from benchmarks.predict.questions import Question
    from benchmarks.predict.served import Server

_PINNED = ("taskset", "--cpu-list", str(LOAD_CORE))
GRACE = 20.0  # seconds that a load may take longer than it was asked to
LATE = 50.0  # ms by which requests may leave late before they make no rate any more


@dataclass(frozen=True, slots=True)
class Loads:
    """`questions` are asked in turn, for `seconds` each time."""

    questions: Sequence[Question]
    seconds: int

    def closed(self, server: Server, seconds: int = 0) -> Closed:
        """As much as wrk gets answered. Raises StepError when an answer is missing or an error."""
        lua = FOLDER / f"{server.subject.name}.lua"
        lua.write_text(closed.script(self._requests(server)), encoding="ascii")
        words = closed.command(server.port, lua, seconds or self.seconds)
        return closed.figures(_finished("wrk", _start(words), seconds or self.seconds))

    def opened(self, server: Server, rate: float) -> Opened:
        """What came back of `rate` requests a second. Raises StepError when they did not leave in time."""
        return self.finish(self.begin(server, rate))

    def begin(self, server: Server, rate: float) -> subprocess.Popen[bytes]:
        """Start the open loop, and go on at once."""
        file = FOLDER / f"{server.subject.name}.requests"
        texts = [request.decode("ascii") for request in self._requests(server)]
        file.write_text(json.dumps(texts), encoding="ascii")
        module = (sys.executable, "-m", opened.__name__)
        return _start((*module, str(server.port), f"{rate:g}", str(self.seconds), str(file)))

    def finish(self, loop: subprocess.Popen[bytes]) -> Opened:
        """What the open loop saw."""
        seen = Opened(**json.loads(_finished("open loop", loop, self.seconds + opened.TIMEOUT)))
        if seen.late_ms > LATE:
            raise StepError(
                f"open loop: requests left up to {seen.late_ms:g} ms late: too much for this machine"
            )
        return seen

    def _requests(self, server: Server) -> list[bytes]:
        return [server.subject.protocol.request(question) for question in self.questions]


def _start(words: Sequence[str]) -> subprocess.Popen[bytes]:
    child = children.start([*_PINNED, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    mostly(child)
    return child


def _finished(name: str, child: subprocess.Popen[bytes], seconds: float) -> str:
    """The output of a load. Raises StepError when it fails, or does not end."""
    try:
        output = child.communicate(timeout=seconds + GRACE)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired as error:
        raise StepError(f"{name}: {seconds:g} s of load: still running {GRACE:g} s later") from error
    finally:
        children.end(child)
    if child.returncode != 0:
        raise StepError(f"{name}: ended with exit code {child.returncode}: {output.strip()[-300:]}")
    return output
