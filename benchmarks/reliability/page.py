"""docs/benchmarks/reliability.md: the figures worth keeping, with how they were come by. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.cluster.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.reliability.row import Row

INTRO = """\
What is done to the system while releases run, what must hold, and what was measured. Everything is looked at
from outside: the weight on the Ingress, the answers of the users with the revision in their header, the
objects and events of the API server, the journal. Users come through the entrance; the rules are those of the
chart's production values where a row does not say otherwise. A round that breaks, or is missing, misses its
goals.
"""


def page(report: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Render a report as Markdown."""
    lines = ["# What faults do to a release", "", _origin(report), "", INTRO]
    for row in rows:
        lines += _row(report, row)
    return "\n".join(lines).rstrip() + "\n"


def _origin(report: Mapping[str, Any]) -> str:
    machine = report["machine"]
    return (
        f"`make bench-reliability`, {report['finished'][:10]}, {machine['cores']} cores, "
        f"{machine['memory_gib']:g} GiB, commit {report['commit'][:10]}."
    )


def _row(report: Mapping[str, Any], row: Row) -> list[str]:
    goals = [goal for goal in report["goals"] if goal["row"] == row.name]
    cells = [cell for cell in report["rows"] if cell["row"] == row.name]
    rounds = [record for record in report["rounds"] if record["row"] == row.name]
    if not rounds:
        return [f"## {row.name}: {row.title}", "", f"Must hold: {row.holds}. Not measured yet.", ""]
    return [
        f"## {row.name}: {row.title}",
        "",
        f"Must hold: {row.holds}. {_played(rounds, row)}",
        "",
        *table(("what", "goal", "measured", "met", "rounds"), _goals(goals)),
        "",
        *_why(row, goals),
        *table(("case", "figure", "n", "median", "p95", "max"), _cells(cells)),
        "",
        *_broken(row, rounds),
        row.method.strip(),
        "",
        *_elsewhere(report, rounds),
    ]


def _played(rounds: Sequence[Mapping[str, Any]], row: Row) -> str:
    most = max(record["round"] for record in rounds)
    command = f"make bench-reliability ONLY={row.name} ROUNDS={most}"
    return f"Rounds of each case: {most} (`{command}`); the long run has {row.long}."


def _goals(goals: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for goal in goals:
        measured = "-" if goal["figure"] is None else f"{goal['figure']:g}"
        what = goal["name"].partition(": ")[2]
        yield (
            what,
            f"{goal['goal']} {goal['unit']}",
            measured,
            "yes" if goal["met"] else "**no**",
            goal["note"],
        )


def _why(row: Row, goals: Iterable[Mapping[str, Any]]) -> list[str]:
    """What explains the goals that are missed; how much was done is a matter of the long run alone."""
    missed = [goal["name"].partition(": ")[2] for goal in goals if not goal["met"]]
    amounts = dict.fromkeys(
        (goal.name for goal in row.amounts), f"asked of the long run of {row.long} rounds"
    )
    said = amounts | dict(row.explained)
    lines = [f"- Missed, {name}: {said[name]}." for name in missed if name in said]
    return [*lines, ""] if lines else []


def _cells(cells: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for cell in cells:
        figures = (f"{cell[key]:.4g}" for key in ("median", "p95", "max"))
        yield cell["case"], cell["figure"].replace("_", " "), str(cell["n"]), *figures


def _broken(row: Row, rounds: Iterable[Mapping[str, Any]]) -> list[str]:
    why = {case: f": {words}." for case, words in row.explained.items()}
    said = [
        f"- {record['case']}, round {record['round']}, broke: {record['broken']}{why.get(record['case'], '')}"
        for record in rounds
        if "broken" in record
    ]
    return [*said, ""] if said else []


def _elsewhere(report: Mapping[str, Any], rounds: Sequence[Mapping[str, Any]]) -> list[str]:
    """Figures of another commit than that of the page are told apart."""
    others = sorted({record["commit"][:10] for record in rounds} - {report["commit"][:10]})
    return [f"Measured at commit {', '.join(others)}.", ""] if others else []
