"""An open loop: requests leave at a constant rate, whatever the answers do.

    python -m benchmarks.predict.opened PORT RATE SECONDS FILE

FILE holds the requests to send in turn, a JSON list of strings; stdout gets one line of JSON. An answer's
time counts from the instant at which its request was due, so that a server that stalls is not spared the
requests that came meanwhile. It is loadtest.steady for any protocol and thousands of requests a second.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cluster.spread import percentile
from loadtest.wire import Pool, UnansweredError

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT = 5.0  # seconds an answer may take
AHEAD = 0.002  # seconds before a request is due from which the clock is watched, not slept to


@dataclass(frozen=True, slots=True)
class Opened:
    """How requests ended, by status or by the word for no answer; and how long answers of status 200 took.

    `late_ms`: how late 99 % of the requests left at most: the sender's own fault.
    `unpromising`: answers of status 503 that say nothing of when to ask again.
    """

    ends: dict[str, int]
    p50_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    late_ms: float
    unpromising: int


@dataclass(slots=True)
class _Seen:
    ends: Counter[str] = field(default_factory=Counter)
    good: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    unpromising: int = 0

    def sum_up(self) -> Opened:
        good = [round(1000 * seconds, 3) for seconds in self.good]
        of = (lambda share: percentile(good, share)) if good else (lambda _: None)
        return Opened(
            dict(sorted(self.ends.items())),
            of(0.50), of(0.99), of(1.0),
            round(1000 * percentile(self.late, 0.99), 3), self.unpromising,
        )  # fmt: skip


async def send(port: int, rate: float, seconds: float, requests: Sequence[bytes]) -> Opened:
    """Send the requests in turn, `rate` a second for `seconds`, and wait for all answers."""
    pool, seen = Pool("127.0.0.1", port), _Seen()
    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as asked:
            for number in range(round(rate * seconds)):
                due = began + number / rate
                await _until(due)
                asked.create_task(_one(pool, requests[number % len(requests)], due, seen))
    finally:
        pool.close()
    return seen.sum_up()


async def _until(due: float) -> None:
    """Sleep, and watch the clock for the last of it: a sleep ends on the millisecond at best."""
    await asyncio.sleep(due - time.perf_counter() - AHEAD)
    while time.perf_counter() < due:  # noqa: ASYNC110 nothing happens at that instant but its coming
        await asyncio.sleep(0)


async def _one(pool: Pool, request: bytes, due: float, seen: _Seen) -> None:
    seen.late.append(time.perf_counter() - due)
    try:
        async with asyncio.timeout(TIMEOUT):
            answer = await pool.ask(request)
    except TimeoutError:
        seen.ends["timeout"] += 1
        return
    except UnansweredError as error:
        seen.ends[str(error)] += 1
        return
    seen.ends[str(answer.status)] += 1
    if answer.status == 200:
        seen.good.append(time.perf_counter() - due)
    elif answer.status == 503 and "retry-after" not in answer.headers:
        seen.unpromising += 1


def main(arguments: Sequence[str]) -> int:
    """Send, and print what came back."""
    port, rate, seconds, requests = arguments
    given = [text.encode("ascii") for text in json.loads(Path(requests).read_text(encoding="utf-8"))]
    gc.freeze()
    print(json.dumps(asdict(asyncio.run(send(int(port), float(rate), float(seconds), given)))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
