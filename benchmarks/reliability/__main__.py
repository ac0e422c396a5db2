"""`make bench-reliability`: faults against releases on the real cluster; writes build/bench/reliability.json.

Exit code 0 when every goal of the rows that were asked for is met, 1 when one is not, 2 usage, 5 when there
is no cluster to measure, 130 when interrupted; an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.ending import FAILED, ended, say, summarise
from benchmarks.cluster.options import among
from benchmarks.cluster.partial import Partial
from benchmarks.cluster.place import find
from benchmarks.reliability.page import page
from benchmarks.reliability.report import cells, judge
from benchmarks.reliability.row import Stage
from benchmarks.reliability.rows import found
from benchmarks.reliability.run import Clock, play, rounds
from delivery.children import ROOT
from delivery.errors import StepError
from demo.report import commit, machine, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.reliability.row import Record, Row
    from benchmarks.reliability.run import Round

BUILD = ROOT / "build" / "bench"
PARTIAL = BUILD / "reliability.partial"
REPORT = BUILD / "reliability.json"
DOCS = ROOT / "docs" / "benchmarks" / "reliability.md"
ROWS = found()


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    onward = "the same command goes on with the round that is missing"
    return ended("reliability", lambda: _measure(options), onward)


def _measure(options: argparse.Namespace) -> int:
    chosen = [row for row in ROWS if row.name in options.only]
    if options.fresh:
        for row in chosen:
            _kept(row).unlink(missing_ok=True)
    stopped = _play(chosen, options)
    report = _report(options)
    _write(report, options)
    mine = [goal for goal in report["goals"] if goal["row"] in options.only]
    summarise(mine, REPORT.relative_to(ROOT))
    if stopped:
        say(f"reliability: stopped before the end: {stopped}")
    return 0 if not stopped and all(goal["met"] for goal in mine) else FAILED


def _play(chosen: Sequence[Row], options: argparse.Namespace) -> str:
    """Play what is missing; gives why not everything was played, if so."""
    kept = {row.name: Partial(_kept(row), commit(ROOT)) for row in chosen}
    missing = {row.name: _missing(row, kept[row.name], options) for row in chosen}
    if not any(missing.values()):
        say("every round has been played already; --fresh plays them again")
        return ""
    clock, place = Clock(options.minutes), find(say)
    try:
        for row in chosen:
            if missing[row.name] and clock.allows(row):
                _play_row(row, Stage(place, say), missing[row.name], kept[row.name], clock)
    finally:
        place.cluster.close()
    left = sum(len(_missing(row, kept[row.name], options)) for row in chosen)
    return f"{left} rounds are left: the same command goes on with them" if left else ""


def _play_row(row: Row, stage: Stage, todo: Sequence[Round], partial: Partial, clock: Clock) -> None:
    """Play what is missing of one row; one that cannot even be set up does not stop the others."""
    say(f"{row.name}: {row.title}; {len(todo)} rounds to go, about {len(todo) * row.minutes:.0f} min")
    images = stage.place.images
    partial.describe({"images": {"service": images.service.name, "controller": images.controller.name}})
    try:
        play(row, stage, todo, _keeper(partial), clock)
    except StepError as error:
        say(f"{row.name}: {error}")


def _keeper(partial: Partial) -> Any:
    return lambda record: partial.add(record | {"commit": partial.commit})


def _missing(row: Row, partial: Partial, options: argparse.Namespace) -> list[Round]:
    made = {(record["case"], record["round"]) for record in partial.rows}
    return [each for each in rounds(row, _count(row, options)) if each not in made]


def _count(row: Row, options: argparse.Namespace) -> int:
    return int(options.rounds or row.long)


def _kept(row: Row) -> Any:
    return PARTIAL / f"{row.name}.json"


def _report(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that is kept, of whatever commit: each round names its own."""
    rounds_of = {row.name: Partial.kept(_kept(row)) for row in ROWS}
    every = [record for row in ROWS for record in rounds_of[row.name]]
    return {
        "what": "reliability",
        "commit": commit(ROOT),
        "machine": machine(),
        "finished": stamp(time.time()),
        "seconds": round(sum(record["took"] for record in every), 1),
        "goals": [
            goal for row in ROWS for goal in judge(row, rounds_of[row.name], _judged(row, rounds_of, options))
        ],
        "rows": [cell for row in ROWS for cell in cells(row, rounds_of[row.name])],
        "rounds": every,
    }


def _judged(row: Row, rounds_of: Mapping[str, list[Record]], options: argparse.Namespace) -> int:
    """How many rounds a row is judged by: the asked ones, or for a row not asked for what there is of it."""
    if row.name in options.only:
        return _count(row, options)
    return max((record["round"] for record in rounds_of[row.name]), default=row.long)


def _write(report: Mapping[str, Any], options: argparse.Namespace) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.write_docs:
        DOCS.parent.mkdir(parents=True, exist_ok=True)
        DOCS.write_text(page(report, ROWS), encoding="utf-8")


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number from 1 to 1000")
    return int(text)


def _minutes(text: str) -> float:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1440:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number of minutes from 1 to 1440")
    return float(text)


def _parser() -> argparse.ArgumentParser:
    long = "; ".join(f"{row.name} {len(row.cases) * row.long * row.minutes:.0f} min" for row in ROWS)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability", description="Faults against releases on the real cluster."
    )
    add = parser.add_argument
    add("--rounds", type=_whole, help=f"rounds of each case (default: those of the long run: {long})")
    every = [row.name for row in ROWS]
    add(
        "--only",
        type=among(every),
        default=every,
        metavar="ROW,...",
        help=f"rows to play: {', '.join(every)}",
    )
    add("--minutes", type=_minutes, default=float("inf"), help="begin no round that would end later")
    add("--fresh", action="store_true", help="forget the rounds that these rows have played before")
    add("--write-docs", action="store_true", help=f"write the tables to {DOCS.relative_to(ROOT)}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
