"""Play all cells, check the goals, write the report.

    python -m benchmarks.decisions --repetitions 2000

Writes decisions.json, decisions.md and a picture of each scenario into --out. A run that was
stopped is taken up where it was. Exit code 0: everything was played, whether or not the goals are
met; 2 usage; 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.decisions import drawing, goals
from benchmarks.decisions.cells import matching
from benchmarks.decisions.kept import Kept
from benchmarks.decisions.report import Setting, frame, page
from benchmarks.decisions.run import run, run_boundary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.decisions.world import Cell

_DRAWN_RATE = 100.0  # requests/s of the cells that are drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code."""
    options = _options(arguments)
    began = time.monotonic()
    kept = Kept(options.out / "decisions.partial", options.repetitions)
    try:
        rows = run(options.cells, options.repetitions, options.jobs, kept, _tell)
        boundary = run_boundary(options.repetitions, options.jobs, kept, _tell)
        pictures = _draw(options.cells, options.docs or options.out)
    except KeyboardInterrupt:
        _tell("stopped; the same command goes on from here")
        return 130
    found = [*goals.goals(rows), *goals.validity_goals(boundary)]
    command = f"python -m benchmarks.decisions {' '.join(sys.argv[1:] if arguments is None else arguments)}"
    setting = Setting(command.strip(), options.repetitions, time.monotonic() - began)
    report = frame(setting, found, [*rows, *boundary])
    (options.out / "decisions.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    words = page(setting, report, pictures)
    ((options.docs or options.out) / "decisions.md").write_text(words, encoding="utf-8")
    _tell(_summary(found))
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
