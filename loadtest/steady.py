"""Steady user traffic: an open loop that sends at a constant rate whatever the answers do.

    python -m loadtest.steady --rate 100 --seconds 300 --log build/traffic.jsonl

stdout gets one JSON summary at the end, also after SIGTERM or SIGINT; exit 0 when the traffic ran,
2 usage, 5 target unreachable at the start. Bad answers are counted, not judged.
"""

import argparse
import asyncio
import json
import signal
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from loadtest.catalogue import Target, UnreachableError, fetch
from loadtest.payloads import Question, complaint, model_version
from loadtest.records import Record
from loadtest.tally import Snapshot, Tally
from loadtest.wire import Answer, Pool, UnansweredError, get


@dataclass(frozen=True, slots=True)
class Pace:
    """Requests per second, for how many seconds, and how many seconds one answer may take."""

    rate: float
    seconds: float
    timeout: float = 5.0

    def __post_init__(self) -> None:
        for name, most in (("rate", 1000), ("seconds", 86_400), ("timeout", 60)):
            if not 0 < getattr(self, name) <= most:
                raise ValueError(f"{name} {getattr(self, name)}: must be above 0 and at most {most}")


class SteadyTraffic:
    """Constant-rate traffic on a thread of its own; requests in flight are bounded by rate x timeout."""

    def __init__(
        self, target: Target, pace: Pace, questions: tuple[Question, ...], log: Path | None = None
    ) -> None:
        self._target = target
        self._pace = pace
        self._questions = questions
        self._log = log
        self._pool = Pool(*target.address)
        self._tally = Tally()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="steady-traffic", daemon=True)

    def start(self) -> None:
        """Begin to send; returns at once."""
        self._thread.start()

    def stop(self) -> Snapshot:
        """Send no more, wait for what is in flight, and give the final counts."""
        self._stopping.set()
        return self.join()

    def join(self) -> Snapshot:
        """Wait until everything is sent and answered. Raises what broke the sender, if anything did."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self.snapshot()

    @property
    def running(self) -> bool:
        """Whether requests are still being sent or awaited."""
        return self._thread.is_alive()

    def snapshot(self) -> Snapshot:
        """Count up to this moment; callable from any thread."""
        return self._tally.snapshot()

    def _main(self) -> None:
        try:
            with self._open_log() as log:
                asyncio.run(self._send_all(log))
        except BaseException as error:  # noqa: BLE001 join() raises it again on the caller's thread
            self._failure = error

    def _open_log(self) -> AbstractContextManager[TextIO | None]:
        if self._log is None:
            return nullcontext()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        # Buffered by line, so that whoever follows the file sees each request as it ends.
        return self._log.open("w", encoding="utf-8", buffering=1)

    async def _send_all(self, log: TextIO | None) -> None:
        began = time.monotonic()
        try:
            async with asyncio.TaskGroup() as requests:
                for number in range(round(self._pace.rate * self._pace.seconds)):
                    await asyncio.sleep(began + number / self._pace.rate - time.monotonic())
                    if self._stopping.is_set():
                        break
                    self._tally.send()
                    requests.create_task(self._one(self._questions[number % len(self._questions)], log))
        finally:
            self._pool.close()

    async def _one(self, question: Question, log: TextIO | None) -> None:
        record = await self._ask(question)
        self._tally.finish(record)
        if log is not None:
            log.write(record.line())

    async def _ask(self, question: Question) -> Record:
        start, began = time.time(), time.monotonic()
        answer, error = None, ""
        try:
            async with asyncio.timeout(self._pace.timeout):
                answer = await self._pool.ask(get(question.path, self._target.host))
        except TimeoutError:
            error = "timeout"
        except UnansweredError as unanswered:
            error = str(unanswered)
        ms = (time.monotonic() - began) * 1000
        return _record(question, (start, ms), answer, error)


def _record(question: Question, when: tuple[float, float], answer: Answer | None, error: str) -> Record:
    if answer is None:
        return Record(*when, status=0, revision="", version="", error=error, valid=False)
    wrong = complaint(question, answer.body) if answer.status == 200 else f"status-{answer.status}"
    return Record(
        *when,
        status=answer.status,
        revision=answer.headers.get("x-revision", ""),
        version=answer.headers.get("x-model-version") or model_version(answer.body),
        error=wrong,
        valid=not wrong,
    )


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtest.steady", description="Steady user traffic.")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the entrance (default: %(default)s)")
    parser.add_argument("--host-header", default="forecast.serin.test", help="default: %(default)s")
    parser.add_argument("--rate", type=float, default=50, help="requests a second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=5, help="seconds an answer may take (default: 5)")
    parser.add_argument(
        "--patience", type=float, default=10, help="seconds to wait for the target (default: 10)"
    )
    parser.add_argument("--log", type=Path, help="write one JSON line a request to this file")
    given = parser.parse_args(argv)
    try:
        given.pace = Pace(given.rate, given.seconds, given.timeout)
        given.target = Target(given.url, given.host_header)
    except ValueError as error:
        parser.error(str(error))
    return given


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the return value is the exit code."""
    given = _arguments(sys.argv[1:] if argv is None else argv)
    try:
        questions = fetch(given.target, given.patience)
    except UnreachableError as error:
        print(f"steady: {error}", file=sys.stderr)
        return 5
    traffic = SteadyTraffic(given.target, given.pace, questions, given.log)
    enough = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: enough.set())
    traffic.start()
    while traffic.running and not enough.wait(0.1):
        pass
    print(json.dumps(traffic.stop().summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
