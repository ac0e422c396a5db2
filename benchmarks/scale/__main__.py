"""`make bench-scale`: grow the fleet, measure the controller, write build/bench/scale.json.

Exit code 0 when every goal is met, 1 when one is not, 2 usage, 5 when there is no cluster, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.ending import FAILED, ended, say
from benchmarks.cluster.installed import away
from benchmarks.cluster.place import find
from benchmarks.scale import goals
from benchmarks.scale.cost import each
from benchmarks.scale.fleet import Fleet
from benchmarks.scale.measure import Bench
from benchmarks.scale.page import page
from benchmarks.scale.stub import node
from benchmarks.scale.users import Users, store
from canary.adapters.connection import connect
from delivery.children import ROOT
from demo.report import commit, machine, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cluster.place import Place

BUILD = ROOT / "build" / "bench"
FOLDER = BUILD / "scale"
DOCS = ROOT / "docs" / "benchmarks" / "scale.md"
PAUSE = "localhost/serin/pause:1"


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement; the return value is the exit code."""
    options = _parser().parse_args(arguments)
    return ended("scale", lambda: _report(options, *_measure(options, find(say))))


def _measure(options: argparse.Namespace, place: Place) -> tuple[list[dict[str, Any]], float]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    kube = connect(place.cluster.env["KUBECONFIG"])
    fleet, users, began, rows = Fleet(kube, PAUSE, say), Users(), time.monotonic(), []
    fleet.remove()
    with (
        away(place.api, say),
        node(place.api, place.cluster, FOLDER),
        store(users, place.cluster, FOLDER) as url,
    ):
        bench = Bench(place, fleet, users, url)
        try:
            for size in _sizes(options.releases):
                rows += bench.size(size, options.seconds, say)
        finally:
            fleet.remove()
    return rows, time.monotonic() - began


def _sizes(most: int) -> Sequence[int]:
    return sorted({size for size in (10, 100) if size < most} | {most})


def _report(options: argparse.Namespace, rows: list[dict[str, Any]], seconds: float) -> int:
    judged = goals.judge(rows)
    report = {
        "what": "scale", "commit": commit(ROOT), "machine": machine(), "finished": stamp(time.time()),
        "seconds": round(seconds, 1), "goals": judged, "rows": each(rows),
    }  # fmt: skip
    (BUILD / "scale.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    if options.write_docs:
        command = f"make bench-scale RELEASES={options.releases} SECONDS={options.seconds:g}"
        DOCS.write_text(page(report, command), encoding="utf-8")
    for goal in judged:
        print(f"{'met   ' if goal['met'] else 'MISSED'}  {goal['name']}: {goal['figure']} ({goal['goal']})")
    return 0 if all(goal["met"] for goal in judged) else FAILED


def _count(text: str) -> int:
    if not text.isdecimal() or not 10 <= int(text) <= 2000:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number from 10 to 2000")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.scale", description="What many releases cost.")
    parser.add_argument("--releases", type=_count, default=1000, help="releases at most (default: 1000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of a measurement (default: 60)")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks/scale.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
