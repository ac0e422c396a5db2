"""What the pages of all measurements have in common: where figures come from, goals, tables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def origin(report: Mapping[str, Any], command: str) -> str:
    """Say by which command, when, on what and from which commit a report was made."""
    machine = report["machine"]
    return (
        f"`{command}`, {report['finished'][:10]}, {machine['cores']} cores, {machine['memory_gib']:g} GiB, "
        f"commit {report['commit'][:10]}."
    )


def goals(judged: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Each goal's name, bound, figure and whether it is met, as a row of a table."""
    for goal in judged:
        measured = "-" if goal["figure"] is None else f"{goal['figure']:g}"
        yield goal["name"], f"{goal['goal']} {goal['unit']}", measured, "yes" if goal["met"] else "**no**"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
