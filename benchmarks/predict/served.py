"""A server under measurement: started on its core, seen to answer right, and ended with its children."""

from __future__ import annotations

import http.client
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from benchmarks.predict import environments
from benchmarks.predict.precedence import at_once, mostly
from benchmarks.predict.questions import wrong
from benchmarks.predict.subjects import OWN
from delivery import children
from delivery.children import ROOT
from delivery.errors import StepError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from benchmarks.predict.questions import Question, Row
    from benchmarks.predict.subjects import Subject

SERVER_CORE, LOAD_CORE = 0, 1
PATIENCE = 90.0  # seconds for a server to give its first right answer
LOOK = 0.01  # seconds between two looks at a server that starts
SAMPLE = 40  # questions whose answers are held against the model before anything is measured
NEIGHBOURS = 3  # ports in a row that a server may take: for its probes, its metrics, its other protocol
NO_ANSWER = (OSError, http.client.HTTPException)
FOLDER = ROOT / "build" / "bench" / "predict"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `started` is when its process was (by time.monotonic)."""

    subject: Subject
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    started: float

    def probe(self, path: str, timeout: float = 2.0) -> tuple[int, bytes]:
        """Ask our second port. Raises OSError or HTTPException when it does not answer."""
        return _exchange(self.port + 1, ("GET", path, b""), timeout)

    def ask(self, question: Question) -> tuple[int, bytes]:
        """Ask on a connection of its own. Raises OSError or HTTPException when nothing answers."""
        protocol = self.subject.protocol
        words = protocol.method, protocol.path(question), protocol.content(question)
        return _exchange(self.port, words, 5.0)

    def resident_mib(self) -> float:
        """Memory (MiB) of all its processes; what they share counts once."""
        shares = [float(each.memory_full_info().pss) for each in _family(self.process)]
        return round(sum(shares) / 2**20, 1)

    def processor_seconds(self) -> float:
        """Time (s) that all its processes have had of a core so far: a busy machine does not change it."""
        spent = [each.cpu_times() for each in _family(self.process)]
        return float(sum(one.user + one.system for one in spent))

    def await_answer(self, answered: Callable[[], bool]) -> float:
        """Wait for an answer that will do; the return value is the seconds since the start.

        Raises StepError with the last lines of the log when the server ends, or none comes.
        """
        while time.monotonic() < self.started + PATIENCE:
            with suppress(*NO_ANSWER):
                if answered():
                    return time.monotonic() - self.started
            if self.process.poll() is not None:
                raise StepError(f"{self.subject.name}: it ended: {self._last_words()}")
            time.sleep(LOOK)
        raise StepError(f"{self.subject.name}: no answer after {PATIENCE:.0f} s: {self._last_words()}")

    def check(self, expected: Mapping[Question, list[Row]]) -> None:
        """Raise StepError unless it answers right, and from where it is supposed to have its answers."""
        sample = list(expected)[:: max(1, len(expected) // SAMPLE)]
        try:
            got = {question: self.ask(question)[1] for question in sample}
        except NO_ANSWER as error:
            raise StepError(f"{self.subject.name}: no answer: {error!r}") from error
        if found := wrong(self.subject.protocol, expected, got):
            raise StepError(f"{self.subject.name}: not the right forecast: {found}")
        for source in {"table", "model"} - {self.subject.source} if self.subject.source else ():
            none = f'forecast_lookups_total{{source="{source}"}} 0.0'
            if none not in self.probe("/metrics")[1].decode():
                raise StepError(
                    f"{self.subject.name}: has answers from the {source}: its metrics lack {none}"
                )

    def _last_words(self) -> str:
        return " ".join(self.log.read_text("utf-8", "replace").split())[-300:]


@contextmanager
def serving(
    subject: Subject, expected: Mapping[Question, list[Row]], say: Callable[[str], None]
) -> Iterator[Server]:
    """Run the subject, once it has been seen to answer right.

    Raises AbsentError when it cannot be installed, StepError when it does not start or answers wrong.
    """
    with started(subject, say) as server:
        first = next(iter(expected))
        server.await_answer(lambda: server.ask(first)[0] == 200)
        server.check(expected)
        yield server


@contextmanager
def started(subject: Subject, say: Callable[[str], None]) -> Iterator[Server]:
    """Start the subject on its core, and end it with everything that it started."""
    programs = environments.ensure(subject.peer, say) if subject.peer else OWN
    log = FOLDER / f"{subject.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    where = {"port": str(port), "admin": str(port + 1), "folder": str(FOLDER / subject.name)}
    words = [word.format_map(where) for word in subject.command]
    chosen = {name: value.format_map(where) for name, value in subject.environment.items()}
    with log.open("wb") as out:
        pinned = ("taskset", "--cpu-list", str(SERVER_CORE), str(programs / words[0]), *words[1:])
        began = time.monotonic()
        process = children.start(
            pinned, _environment(programs) | chosen, stdout=out.fileno(), stderr=out.fileno()
        )
    first = at_once if subject.at_once else mostly
    first(process)
    try:
        yield Server(subject, port, process, log, began)
    finally:
        _end(process)


def _environment(programs: Path) -> dict[str, str]:
    """One thread for numbers everywhere: more of them than cores only wait for each other."""
    model = ROOT / "models" / "v1"
    return {
        "PATH": f"{programs}:{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "MODEL_FILE": str(model / "model.joblib"),
        "MODEL_DIR": str(model),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and its group, and then those of its children that made a group of their own."""
    family = _family(process)
    children.end(process)
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(family, timeout=PATIENCE)


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The process and all that come from it."""
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(process.pid)
        return [first, *first.children(recursive=True)]
    return []


def _exchange(port: int, words: tuple[str, str, bytes], timeout: float) -> tuple[int, bytes]:
    method, path, content = words
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, content or None, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _free_port() -> int:
    """A port that is free with its neighbours."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = int(found.getsockname()[1])
        if port + NEIGHBOURS < 2**16 and all(_free(port + step) for step in range(NEIGHBOURS)):
            return port


def _free(port: int) -> bool:
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False
