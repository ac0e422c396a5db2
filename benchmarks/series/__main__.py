"""`make bench-series`: score the models on public series, write build/bench/series.json.

Exit code 0 when all were scored, whatever the scores: they are a look, not a goal; 1 when the package that
carries them cannot be had, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.cluster.ending import ended, say
from benchmarks.series.page import page
from benchmarks.series.public import BUILD, SERIES, own_csv, wheel
from delivery.children import ROOT
from demo.report import commit, machine, stamp
from service.training import own, score
from service.training.fit import baselines, estimator

if TYPE_CHECKING:
    from service.history import History

REPORT = ROOT / "build" / "bench" / "series.json"
DOCS = ROOT / "docs" / "benchmarks" / "series.md"
SEED = 2025


def main(arguments: list[str] | None = None) -> int:
    """Score and write; the return value is the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.series", description="Models on public series."
    )
    shown = DOCS.relative_to(ROOT)
    parser.add_argument("--write-docs", action="store_true", help=f"write the tables to {shown}")
    options = parser.parse_args(arguments)
    return ended("series", lambda: _measure(write=options.write_docs))


def _measure(*, write: bool) -> int:
    began, package = time.monotonic(), wheel(say)
    rows: list[dict[str, Any]] = []
    gate: dict[str, list[str]] = {}
    for series in SERIES:
        say(f"{series.name}: {series.title}")
        file = BUILD / f"{series.name}.csv"
        file.write_text(own_csv(package, series), encoding="utf-8")
        scored = _scored(own.read(file)[0])
        gate[series.name] = score.shortcomings(scored["v1"], scored)
        rows += [{"series": series.name, "forecast": name, **one.as_dict()} for name, one in scored.items()]
    report = {
        "what": "series", "commit": commit(ROOT), "machine": machine(), "finished": stamp(time.time()),
        "seconds": round(time.monotonic() - began, 1), "goals": [], "gate": gate, "rows": rows,
    }  # fmt: skip
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    text = page(report, "make bench-series WRITE_DOCS=1")
    if write:
        DOCS.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _scored(history: History) -> dict[str, score.Scores]:
    with threadpool_limits(limits=1):
        learned = score.backtest(estimator("v1", SEED), history)
        return {"v1": score.scores(learned, SEED), **baselines(history, SEED)}


if __name__ == "__main__":
    sys.exit(main())
