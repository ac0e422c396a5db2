"""What one release more costs, out of the figures for all of them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, Any]

ALL_AND_EACH = (
    ("resident_mib", 1024.0, "each_kib"),
    ("cpu_share", 1000.0, "each_cpu_ms"),
    ("calls_per_second", 1.0, "each_calls"),
)


def each(rows: Sequence[Row]) -> list[Row]:
    """The rows, each with the memory (KiB), CPU time (ms per s) and API calls (per s) of one release.

    A release at rest costs what the fleet gained since the next smaller one, whose row stands before; one
    that moves costs, beside that, what the same fleet gained since it rested. The smallest fleet at rest
    has no such figure: what it uses is the program's own.
    """
    return [row | _difference(row, _before(row, rows)) for row in rows]


def _before(row: Row, rows: Sequence[Row]) -> Row | None:
    rest = [other for other in rows if other["row"] == "rest"]
    if row["row"] == "busy":
        return next((other for other in rest if other["releases"] == row["releases"]), None)
    smaller = [other for other in rest if other["releases"] < row["releases"]]
    return max(smaller, key=lambda other: other["releases"], default=None)


def _difference(row: Row, before: Row | None) -> Row:
    if before is None:
        return {}
    more = row.get("moving") or row["releases"] - before["releases"]
    return {
        name: round(scale * (row[of] - before[of]) / more, 4) + 0.0  # no figure is -0
        for of, scale, name in ALL_AND_EACH
    }
