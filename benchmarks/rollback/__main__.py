"""`make bench-rollback`: measure what users feel of releases, write build/bench/rollback.json.

Exit code 0 when every goal is met, 1 when one is not, 2 usage, 5 when there is no cluster to measure,
130 when interrupted; an interrupted run goes on where it stopped.
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
from benchmarks.rollback import goals
from benchmarks.rollback.page import page
from benchmarks.rollback.rows import ROWS
from benchmarks.rollback.run import expected, run
from delivery.children import ROOT
from delivery.errors import StepError
from demo.report import commit, machine, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

BUILD = ROOT / "build" / "bench"
REPORT = BUILD / "rollback.json"
DOCS = ROOT / "docs" / "benchmarks" / "rollback.md"


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    onward = "the same command goes on with the round that is missing"
    return ended("rollback", lambda: _measure(options), onward)


def _measure(options: argparse.Namespace) -> int:
    partial = Partial(BUILD / "rollback.partial.json", commit(ROOT))
    if options.fresh:
        partial.forget()
    wanted = expected(ROWS, options.rounds)
    chosen = [row for row in ROWS if row.name in options.only]
    place = find(say)
    stopped = ""
    try:
        run(place, chosen, wanted, partial, say)
    except StepError as error:
        stopped = str(error)
    finally:
        place.cluster.close()
    report = _report(partial, wanted)
    _write(report, options)
    summarise(report["goals"], REPORT.relative_to(ROOT))
    if stopped:
        say(f"rollback: stopped before the end: {stopped}")
    return 0 if not stopped and all(goal["met"] for goal in report["goals"]) else FAILED


def _report(partial: Partial, wanted: Mapping[str, int]) -> dict[str, Any]:
    rows = partial.rows
    return {
        "what": "rollback",
        "commit": partial.commit,
        "machine": machine(),
        "finished": stamp(time.time()),
        "seconds": round(sum(row["took"] for row in rows), 1),
        "setting": partial.setting,
        "goals": goals.judge(rows, wanted),
        "rows": rows,
    }


def _write(report: Mapping[str, Any], options: argparse.Namespace) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.write_docs:
        DOCS.parent.mkdir(parents=True, exist_ok=True)
        DOCS.write_text(page(report, f"make bench-rollback ROUNDS={options.rounds}"), encoding="utf-8")


def _rounds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 200:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number from 1 to 200")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.rollback", description="What users feel of releases, on the real cluster."
    )
    parser.add_argument("--rounds", type=_rounds, default=20, help="rounds of the long rows (default: 20)")
    every = [row.name for row in ROWS]
    parser.add_argument(
        "--only",
        type=among(every),
        default=every,
        metavar="ROW,...",
        help=f"rows to measure: {', '.join(every)}",
    )
    parser.add_argument("--fresh", action="store_true", help="forget the rounds that were measured before")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"write the tables to {DOCS.relative_to(ROOT)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
