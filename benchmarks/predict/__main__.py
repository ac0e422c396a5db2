"""`make bench-predict`: measure the service beside its peers, write build/bench/predict.json.

Exit code 0 when every goal is met, 1 when one is not, 2 usage, 130 when interrupted; an interrupted run
goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.ending import FAILED, ended, say, summarise
from benchmarks.cluster.options import among
from benchmarks.cluster.partial import Partial
from benchmarks.predict import closed, goals
from benchmarks.predict.loads import Loads
from benchmarks.predict.page import page
from benchmarks.predict.questions import answers
from benchmarks.predict.rows import ROWS, Stage
from benchmarks.predict.run import run
from benchmarks.predict.served import LOAD_CORE, SERVER_CORE
from delivery.children import ROOT
from delivery.errors import StepError
from demo.report import commit, machine, stamp
from service import artefact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BUILD = ROOT / "build" / "bench"
REPORT = BUILD / "predict.json"
DOCS = ROOT / "docs" / "benchmarks" / "predict.md"
MODEL = ROOT / "models" / "v1"


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    return ended(
        "predict", lambda: _measure(options), "the same command goes on with the round that is missing"
    )


def _measure(options: argparse.Namespace) -> int:
    _two_cores()
    partial = Partial(BUILD / "predict.partial.json", commit(ROOT))
    if options.fresh:
        partial.forget()
    closed.ensure()
    stage = _stage(MODEL, options.seconds)
    partial.describe(
        {**partial.setting, "seconds": options.seconds, "cores": f"server {SERVER_CORE}, load {LOAD_CORE}"}
    )
    run([row for row in ROWS if row.name in options.only], options.rounds, partial, stage)
    report = _report(partial, options.rounds)
    _write(report, options)
    summarise(report["goals"], REPORT.relative_to(ROOT))
    return 0 if all(goal["met"] for goal in report["goals"]) else FAILED


def _stage(folder: Path, seconds: int) -> Stage:
    try:
        stored = artefact.load(folder, None)
    except artefact.ArtefactError as error:
        raise StepError(f"{error}: run `make train`") from error
    expected = answers(stored.forecaster)
    return Stage(expected, Loads(tuple(expected), seconds), say)


def _two_cores() -> None:
    here = os.sched_getaffinity(0)
    if lacking := {SERVER_CORE, LOAD_CORE} - here:
        raise StepError(
            f"cores: {', '.join(map(str, sorted(lacking)))} cannot be used here: the server and the load "
            "need one each, or they measure each other: give this process more"
        )


def _report(partial: Partial, rounds: int) -> dict[str, Any]:
    rows, absent = partial.rows, partial.setting.get("absent", {})
    return {
        "what": "predict",
        "commit": partial.commit,
        "machine": machine(),
        "finished": stamp(time.time()),
        "seconds": round(sum(row["took"] for row in rows), 1),
        "setting": partial.setting,
        "absent": absent,
        "goals": goals.judge(rows, rounds, absent),
        "rows": rows,
    }


def _write(report: Mapping[str, Any], options: argparse.Namespace) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.write_docs:
        DOCS.parent.mkdir(parents=True, exist_ok=True)
        command = f"make bench-predict ROUNDS={options.rounds} SECONDS={options.seconds}"
        DOCS.write_text(page(report, command), encoding="utf-8")


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number from 1 to 100")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.predict", description="The forecast service beside its peers."
    )
    every = [row.name for row in ROWS]
    add = parser.add_argument
    add("--rounds", type=_whole, default=3, help="rounds of each row (default: 3)")
    add("--seconds", type=_whole, default=5, help="seconds of each load (default: 5)")
    add(
        "--only",
        type=among(every),
        default=every,
        metavar="ROW,...",
        help=f"rows to measure: {', '.join(every)}",
    )
    add("--fresh", action="store_true", help="forget the rounds that were measured before")
    add("--write-docs", action="store_true", help=f"write the tables to {DOCS.relative_to(ROOT)}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
