"""Play what is not kept yet: the cells under every controller, and the boundary cases of G8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.decisions.controllers import CONTROLLERS
from benchmarks.decisions.cores import on_all_cores
from benchmarks.decisions.outcomes import row
from benchmarks.decisions.play import play
from benchmarks.decisions.traffic import Traffic
from benchmarks.decisions.validity import GRID, Case, played

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.decisions.kept import Kept
    from benchmarks.decisions.play import End
    from benchmarks.decisions.world import Cell

    Row = dict[str, Any]
    Task = tuple[Cell, dict[str, list[int]]]  # the repetitions to be played, by controller

_BLOCK = 50  # repetitions that one worker plays before it reports


def run(cells: Sequence[Cell], repetitions: int, jobs: int, kept: Kept, tell: Callable[[str], None]) -> None:
    """Play what is missing: of every cell the first block, then of every cell the next one."""
    known = {(cell, name): kept.ends(cell, name).keys() for cell in cells for name in CONTROLLERS}
    tasks: list[Task] = []
    for first in range(0, repetitions, _BLOCK):
        block = range(first, min(first + _BLOCK, repetitions))
        for cell in cells:
            missing = {name: [k for k in block if k not in known[cell, name]] for name in CONTROLLERS}
            if any(missing.values()):
                tasks.append((cell, missing))

    def take(task: Task, ends: dict[str, list[End]]) -> str:
        cell, missing = task
        for name, numbers in missing.items():
            if numbers:
                kept.add(cell, name, numbers, ends[name])
        return f"now {cell.name}, {max(map(max, filter(None, missing.values()))) + 1} of {repetitions}"

    on_all_cores(play_block, tasks, jobs, take, tell)


def rows(cells: Sequence[Cell], repetitions: int, kept: Kept) -> list[Row]:
    """A row for each cell and controller from what there is; `n` says how many releases that is."""
    found = []
    for cell in cells:
        ends = {name: _first(repetitions, kept.ends(cell, name)) for name in CONTROLLERS}
        if all(ends.values()):
            found += [row(cell, name, ends[name]) for name in CONTROLLERS]
    return found


def _first(repetitions: int, known: dict[int, End]) -> list[End]:
    return [known[number] for number in sorted(known) if number < repetitions]


def run_boundary(repetitions: int, jobs: int, kept: Kept, tell: Callable[[str], None]) -> list[Row]:
    """Return a row for each case of the grid."""
    tasks = [(case, repetitions) for case in GRID if kept.row(case, repetitions) is None]

    def take(task: tuple[Case, int], found: Row) -> str:
        kept.keep(*task, found)
        return "boundary cases"

    on_all_cores(played, tasks, jobs, take, tell)
    return [found for case in GRID if (found := kept.row(case, repetitions))]


def play_block(cell: Cell, missing: dict[str, list[int]]) -> dict[str, list[End]]:
    """Play some repetitions of one cell under several controllers, all with the same users."""
    ends: dict[str, list[End]] = {name: [] for name in missing}
    for repetition in sorted(set().union(*missing.values())):
        traffic = Traffic(cell, repetition)
        for name, numbers in missing.items():
            if repetition in numbers:
                ends[name].append(play(CONTROLLERS[name], traffic))
    return ends
