"""`make bench-engine`: CPU time of one tick of many releases, written to build/bench/engine.json.

Every release has an error and a latency rule in both views. A tick is taken in from both views, judged, and
read from and written to the checkpoint, as a controller does after every scrape. Exit code 0 when the goal is
met, 1 when it is not, 2 usage.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from canary.core import checkpoint, evidence
from canary.core.model import Block, Counts, ErrorRule, LatencyRule, Rules, Step, View
from delivery.children import ROOT
from demo.report import commit, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from canary.core.evidence import State

GOAL_SECONDS = 0.5  # of CPU, for taking in and judging one tick of `GOAL_RELEASES`
GOAL_RELEASES = 1000
STEPS = (Step(10, 60.0), Step(25, 60.0), Step(50, 60.0), Step(100))
RULES = Rules(
    errors=ErrorRule(max=0.01, tolerance=0.0),
    latency=LatencyRule(within=0.25, share=0.99, tolerance=0.02),
    confidence=0.99,
    risk=0.005,
)
WATCH = evidence.watch(RULES, STEPS)
_SECONDS = 5.0
_HISTORIES, _TICKS = 20, 24
_COMING = STEPS[1].weight


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; the return value is the exit code."""
    options = _options(arguments)
    begun = time.monotonic()
    rows = measured(options.releases, options.rounds)
    goals = [goal(rows, options.releases)]
    report = {
        "what": "engine",
        "commit": commit(ROOT),
        "machine": machine(),
        "seconds": round(time.monotonic() - begun, 1),
        "goals": goals,
        "rows": rows,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for row in rows:
        print(f"{row['part']:>16}: {row['median']:.3f} s CPU ({row['least']:.3f} to {row['most']:.3f})")
    print(options.out)
    return 0 if goals[0]["met"] else 1


def measured(releases: int, rounds: int) -> list[dict[str, Any]]:
    """CPU seconds of each part of a tick of all releases: the median of the rounds, with their spread."""
    known = [_known(number) for number in range(min(releases, _HISTORIES))]
    states = [known[number % len(known)] for number in range(releases)]
    taken: dict[str, list[float]] = {}
    for number in range(rounds):
        for part, seconds in _round(states):
            taken.setdefault(part, []).append(seconds)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return [_row(part, releases, found) for part, found in taken.items()]


def goal(rows: Sequence[dict[str, Any]], releases: int) -> dict[str, Any]:
    """The goal, for as many releases as it is about."""
    (both,) = (row for row in rows if row["part"] == "advance + judge")
    figure = both["median"] * GOAL_RELEASES / releases
    return {
        "name": "engine",
        "goal": f"<= {GOAL_SECONDS}",
        "figure": round(figure, 4),
        "unit": f"s CPU a tick of {GOAL_RELEASES} releases",
        "met": figure <= GOAL_SECONDS,
        "note": f"median of {both['n']} rounds with {releases} releases, errors and latency in two views",
    }


def _round(states: Sequence[State]) -> Iterator[tuple[str, float]]:
    """Every part once, with its CPU seconds; as in a controller, what it made before stays in memory."""
    gc.collect()
    ticks = [_tick(_TICKS, number) for number in range(len(states))]
    pairs = list(zip(states, ticks, strict=True))
    moved, advance = _timed(lambda: [_advanced(state, tick) for state, tick in pairs])
    _, judge = _timed(lambda: [evidence.judge(WATCH, state, _COMING) for state in moved])
    stored, pack = _timed(lambda: [checkpoint.pack(WATCH, state, 0.0) for state in moved])
    again, unpack = _timed(lambda: [checkpoint.unpack(WATCH, each) for each in stored])
    if again != moved:
        raise AssertionError("a checkpoint changed what is known")
    yield from (("advance", advance), ("judge", judge), ("advance + judge", advance + judge))
    yield from (("pack", pack), ("unpack", unpack))


def _timed(work: Callable[[], list[Any]]) -> tuple[list[Any], float]:
    begun = time.process_time()
    done = work()
    return done, time.process_time() - begun


def _known(number: int) -> State:
    state = evidence.begin(WATCH)
    for tick in range(_TICKS):
        state = _advanced(state, _tick(tick, number))
    return state


def _advanced(state: State, tick: Block) -> State:
    for view in View:
        state = evidence.advance(WATCH, state, view, tick, STEPS[0].weight)
    return state


def _tick(tick: int, number: int) -> Block:
    """Five seconds of a good canary; no two releases next to each other count the same."""
    requests = 40 + (7 * number + 3 * tick) % 20
    canary, stable = _counts(requests, tick + number), _counts(9 * requests, 3 * tick + number)
    return Block(_SECONDS * tick, _SECONDS * (tick + 1), canary, stable)


def _counts(requests: int, number: int) -> Counts:
    slow = number % 3
    return Counts(requests, number % 2, requests, slow, (4 * slow, requests // 3))


def _row(part: str, releases: int, found: Sequence[float]) -> dict[str, Any]:
    spread = {"median": median(found), "least": min(found), "most": max(found)}
    return {"part": part, "releases": releases, "n": len(found)} | {
        name: round(seconds, 4) for name, seconds in spread.items()
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.engine", description="Measure the engine.")
    add = parser.add_argument
    add("--releases", type=_whole, default=GOAL_RELEASES, help=f"releases ({GOAL_RELEASES})")
    add("--rounds", type=_whole, default=9, help="rounds, of which the median counts (9)")
    add("--out", type=Path, default=ROOT / "build" / "bench" / "engine.json", help="the report")
    return parser.parse_args(arguments)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"is {text}: must be a whole number, at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
