"""What is measured, one row a comparison or promise; a row starts servers, and gives what plays a round."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.predict import overload
from benchmarks.predict.served import serving, started
from benchmarks.predict.subjects import EMPTY, MODEL, PEERS, TABLE, WORKERS, under
from delivery.children import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from benchmarks.cluster.partial import Row
    from benchmarks.predict.loads import Loads
    from benchmarks.predict.opened import Opened
    from benchmarks.predict.questions import Question
    from benchmarks.predict.questions import Row as Answer
    from benchmarks.predict.served import Server
    from benchmarks.predict.subjects import Subject

    Play = Callable[[], Row]

RATE = 500.0  # requests/s of the open loop
WARM_UP = 1  # seconds of load before anything is measured
LOCK = ROOT / "requirements" / "service.txt"


@dataclass(frozen=True, slots=True)
class Stage:
    """What all rows need: the right answers, the loads, and how to tell what goes on."""

    expected: Mapping[Question, list[Answer]]
    loads: Loads
    say: Callable[[str], None]

    @contextmanager
    def warm(self, *subjects: Subject) -> Iterator[list[Server]]:
        """Run subjects side by side, each seen to answer right and then asked for a while."""
        with ExitStack() as stack:
            running = [stack.enter_context(serving(each, self.expected, self.say)) for each in subjects]
            for server in running:
                self.loads.closed(server, WARM_UP)
            yield running


@dataclass(frozen=True, slots=True)
class Measured:
    """A row, and what it opens to play its rounds."""

    name: str
    title: str
    open: Callable[[Stage], AbstractContextManager[Play]]


@contextmanager
def against(other: Subject, stage: Stage) -> Iterator[Play]:
    """Our two paths and another server by turns, so that a busy moment of the machine hits all of them."""
    with stage.warm(TABLE, other, MODEL) as (table, theirs, model):

        def play() -> Row:
            seen = {each.subject.name: stage.loads.closed(each) for each in (table, theirs, model)}
            rate = {name: closed.rate for name, closed in seen.items()}
            rival = rate[other.name]
            return {
                "table_rate": rate[TABLE.name],
                "model_rate": rate[MODEL.name],
                "rate": rival,
                "table_ratio": round(rate[TABLE.name] / rival, 3),
                "model_ratio": round(rate[MODEL.name] / rival, 3),
                "p99_ms": seen[other.name].p99_ms,
                **_steady(stage.loads.opened(theirs, RATE)),
            }

        yield play


@contextmanager
def steady(stage: Stage) -> Iterator[Play]:
    """The answers from the table at a rate that KServe publishes its figures for."""
    with stage.warm(TABLE) as (table,):
        yield lambda: _steady(stage.loads.opened(table, RATE))


@contextmanager
def start(stage: Stage) -> Iterator[Play]:
    """From the start of the process to the first time it says that it is ready."""

    def play() -> Row:
        with started(TABLE, stage.say) as server:
            seconds = server.await_answer(lambda: server.probe("/readyz")[0] == 200)
            server.check(stage.expected)
            stage.loads.closed(server)
            return {
                "ready_seconds": round(seconds, 3),
                "resident_mib": server.resident_mib(),
                "packages": packages(LOCK.read_text(encoding="utf-8")),
            }

    yield play


@contextmanager
def over(stage: Stage) -> Iterator[Play]:
    """Three times as much as the model path can answer."""
    with stage.warm(replace(MODEL, at_once=False)) as (server,):
        yield lambda: overload.measure(server, stage.loads, next(iter(stage.expected)))


@contextmanager
def workers(stage: Stage) -> Iterator[Play]:
    """Our service under other worker models, on both paths."""

    def play() -> Row:
        row: Row = {}
        for name in WORKERS:
            for path in (TABLE, MODEL):
                with stage.warm(under(path, name)) as (server,):
                    before = server.processor_seconds()
                    seen = stage.loads.closed(server)
                    answered, spent = seen.rate * stage.loads.seconds, server.processor_seconds() - before
                    row |= {
                        f"{name}_{path.name}_rate": seen.rate,
                        f"{name}_{path.name}_cpu_us": round(spent / answered * 1e6, 1),
                        f"{name}_{path.name}_p99_ms": seen.p99_ms,
                        f"{name}_{path.name}_mib": server.resident_mib(),
                    }
        return row

    yield play


def packages(lock: str) -> int:
    """How many packages a lock of requirements names."""
    return sum("==" in line and not line.startswith((" ", "#")) for line in lock.splitlines())


RIVALS = {each.name: each for each in (EMPTY, *PEERS)}
ROWS = (
    *(Measured(name, each.title, partial(against, each)) for name, each in RIVALS.items()),
    Measured("steady", f"answers from the table at {RATE:g} requests/s", steady),
    Measured("start", "start, memory and packages", start),
    Measured("overload", "three times what the model path can answer", over),
    Measured("workers", "our service under other worker models", workers),
)


def _steady(seen: Opened) -> Row:
    failed = sum(count for status, count in seen.ends.items() if status != "200")
    return {
        "steady_p50_ms": seen.p50_ms,
        "steady_p99_ms": seen.p99_ms,
        "steady_failed": failed,
        "late_p99_ms": seen.late_ms,
    }
