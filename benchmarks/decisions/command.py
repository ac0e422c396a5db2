"""The command: play, check the goals, write the report.

    python -m benchmarks.decisions --repetitions 2000

Writes decisions.json, decisions.md and a picture of each scenario into --out: every few minutes with
as many releases as were played until then, and in the end. A run that was stopped is taken up
where it was. Exit code 0: everything was played, whether or not the goals are met; 2 usage; 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.decisions import drawing, goals
from benchmarks.decisions.cells import matching
from benchmarks.decisions.kept import Kept
from benchmarks.decisions.report import Setting, frame, page
from benchmarks.decisions.run import rows, run, run_boundary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.decisions.world import Cell

_FRESH = 180.0  # seconds between two reports
_DRAWN_RATE = 100.0  # requests/s of the cells that are drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code."""
    options = _options(arguments)
    command = f"python -m benchmarks.decisions {' '.join(sys.argv[1:] if arguments is None else arguments)}"
    report = _Report(options, command.strip())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report.begin()
        run(options.cells, options.repetitions, options.jobs, report.kept, report.told)
    except KeyboardInterrupt:
        report.write()
        _tell("stopped; the same command goes on from here")
        return 130
    _tell(_summary(report.write()))
    return 0


class _Report:
    """What is written, in the end and now and then before."""

    def __init__(self, options: argparse.Namespace, command: str) -> None:
        self.kept = Kept(options.out / "decisions.partial")
        self._options, self._command = options, command
        self._began = self._written = time.monotonic()
        self._boundary: list[dict[str, Any]] = []
        self._pictures: list[tuple[str, str]] = []

    def begin(self) -> None:
        """Do what is quickly done."""
        asked = self._options
        self._boundary = run_boundary(asked.repetitions, asked.jobs, self.kept, _tell)
        self._pictures = _draw(asked.cells, asked.docs or asked.out)

    def told(self, words: str) -> None:
        """Pass progress on; whoever stops the run later has a report that is a few minutes old."""
        _tell(words)
        if time.monotonic() - self._written >= _FRESH:
            self.write()

    def write(self) -> list[dict[str, Any]]:
        """Write the report of what there is; returns the goals."""
        asked = self._options
        found = rows(asked.cells, asked.repetitions, self.kept)
        checked = [*goals.goals(found), *goals.validity_goals(self._boundary)]
        setting = Setting(self._command, asked.repetitions, time.monotonic() - self._began)
        report = frame(setting, checked, [*found, *self._boundary])
        _put(asked.out / "decisions.json", json.dumps(report, indent=1) + "\n")
        _put((asked.docs or asked.out) / "decisions.md", page(setting, report, self._pictures))
        self._written = time.monotonic()
        return checked


def _put(path: Path, text: str) -> None:
    """Whoever reads meanwhile sees the old report or the new one."""
    half = path.with_suffix(".half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def _draw(cells: Sequence[Cell], folder: Path) -> list[tuple[str, str]]:
    """One picture a scenario; returns (file, words) of each."""
    chosen = {cell.scenario.name: cell for cell in cells if cell.rate == _DRAWN_RATE}
    drawn = []
    for name, cell in chosen.items():
        _tell(f"draws {name}")
        (folder / f"decisions-{name}.svg").write_text(
            drawing.picture(cell, *drawing.typical(cell)), encoding="utf-8"
        )
        drawn.append((f"decisions-{name}.svg", cell.scenario.words))
    return drawn


def _summary(found: Sequence[dict[str, Any]]) -> str:
    missed = [goal for goal in found if not goal["met"]]
    lines = [
        f"missed: {goal['name']}: {goal['goal']} asked, {goal['figure']} found ({goal['note']})"
        for goal in missed
    ]
    return "\n".join([*lines, f"{len(found) - len(missed)} of {len(found)} figures meet their goal"])


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.decisions", description="Play releases, check goals."
    )
    add = parser.add_argument
    add("--repetitions", type=_whole(2), default=2000, help="releases a cell (2000; 20 for a quick look)")
    add("--cells", type=_cells, default=matching("*"), help="a pattern such as 'errors+5/*'")
    add("--out", type=Path, default=Path("build/bench"), help="folder for the results (build/bench)")
    add("--docs", type=Path, help="folder for the page and its pictures, if not --out")
    add("--jobs", type=_whole(1), default=os.cpu_count(), help="processes (one a core)")
    options = parser.parse_args(arguments)
    for folder in (options.out, options.docs or options.out):
        folder.mkdir(parents=True, exist_ok=True)
    return options


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"is {text}: must be a whole number, at least {least}")
        return int(text)

    return read


def _cells(pattern: str) -> tuple[Cell, ...]:
    try:
        return matching(pattern)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
