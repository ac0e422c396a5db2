"""The results as JSON in the frame of all reports, and as a page for people."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.decisions.controllers import CONTROLLERS
from benchmarks.decisions.ours import CLOCKS
from benchmarks.decisions.outcomes import at_most

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = dict[str, Any]

_GIB = 1024**3
_INTRODUCTION = """\
Simulated releases of good and bad canaries under five controllers, each with exactly the same users:
`benchmarks/decisions/world.py` is the world, `rivals/` holds the other controllers' rules as their
documentation gives them. They get ideal counts of exactly the window they ask for, which is
better than what their queries return in practice. Serin is the engine of `canary/core` with the steps
10/25/50/100 %, 60 s each, at a confidence of 99 %.

Cells are named scenario/requests per second/share of bad answers of a good version. An outcome that
nobody ever had in n releases has a probability of at most 3/n, with 95 % confidence.
"""
_HOW_TO_READ = """\
Good canaries: the share that was rolled back, and the median time until all users had the new version.
Bad ones: the share that was promoted, and the median time until it was taken back. A dash: fewer
than half ever got there.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the benchmark ran."""

    command: str
    repetitions: int
    seconds: float


def frame(setting: Setting, goals: Sequence[Row], rows: Sequence[Row]) -> Row:
    """The JSON report."""
    return {
        "what": "decisions",
        "commit": _commit(),
        "machine": {"cores": os.cpu_count(), "memory_gib": _memory_gib()},
        "seconds": round(setting.seconds, 1),
        "goals": list(goals),
        "rows": list(rows),
    }


def page(setting: Setting, report: Row, pictures: Sequence[tuple[str, str]]) -> str:
    """The Markdown page; `pictures` are (file, words)."""
    cells = [row for row in report["rows"] if "cell" in row]
    parts = [
        "# How often controllers decide wrongly, and how late",
        _INTRODUCTION,
        _circumstances(setting, report),
        "## All cells",
        _HOW_TO_READ,
        "\n".join(_cells(cells)),
        "## Goals",
        "\n".join(_goals(report["goals"])),
        "## Evidence in a typical release",
        *(f"### {words}\n\n![{words}]({file})" for file, words in pictures),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _circumstances(setting: Setting, report: Row) -> str:
    machine, played = report["machine"], {row["n"] for row in report["rows"] if "cell" in row}
    when = f"{datetime.now(UTC):%Y-%m-%d}, commit {report['commit'][:10]}"
    where = f"{machine['cores']} cores, {machine['memory_gib']} GiB"
    least = min(played, default=0)
    many = f"{least:,}" if len(played) <= 1 else f"{least:,} to {max(played):,}"
    none = f" (none: at most {100 * at_most(0, least):.2g} %)" if least else ""
    stopped = f"; stopped before {setting.repetitions:,}" if least < setting.repetitions else ""
    return (
        f"`{setting.command}`, {when}, {where}, {many} releases for each cell and controller{none}{stopped}."
    )


def _cells(rows: Sequence[Row]) -> Iterator[str]:
    yield _line(["cell", *CONTROLLERS])
    yield _line(["---"] * (1 + len(CONTROLLERS)))
    for name in dict.fromkeys(row["cell"] for row in rows):
        found = {row["controller"]: row for row in rows if row["cell"] == name}
        yield _line([name, *(_outcome(found[who]) for who in CONTROLLERS)])


def _outcome(row: Row) -> str:
    wrong = row["rolled_back"] if row["good"] else row["promoted"]
    seconds = row["up"][0] if row["good"] else row["back"][0]
    clocks = [
        f"{_percent(row['causes'][clock], row['n'])} {clock}" for clock in CLOCKS if clock in row["causes"]
    ]
    found = f"{_percent(wrong, row['n'])}, {'-' if seconds is None else f'{seconds:,} s'}"
    return f"{found} (went back by the clock: {', '.join(clocks)})" if clocks else found


def _goals(goals: Sequence[Row]) -> Iterator[str]:
    """Every goal that is missed, then how many are met."""
    missed = [goal for goal in goals if not goal["met"]]
    yield f"{len(goals) - len(missed)} of {len(goals)} figures meet their goal. "
    yield "The JSON report lists all of them." if not missed else "These do not:\n"
    if missed:
        yield _line(["goal", "asked", "found", "note"])
        yield _line(["---"] * 4)
    for goal in missed:
        figure = "-" if goal["figure"] is None else f"{goal['figure']:g}"
        yield _line([goal["name"], goal["goal"], f"{figure} {goal['unit']}", goal["note"]])


def _percent(count: int, total: int) -> str:
    return f"{100 * count / total:.3g} %"


def _line(columns: Sequence[str]) -> str:
    return f"| {' | '.join(columns)} |"


def _commit() -> str:
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return said or "unknown"


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB)
