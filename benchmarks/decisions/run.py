"""Play what is not kept yet: the cells under every controller, and the boundary cases of G8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.decisions.controllers import CONTROLLERS
from benchmarks.decisions.cores import on_all_cores
from benchmarks.decisions.outcomes import row
from benchmarks.decisions.play import play
from benchmarks.decisions.validity import GRID, Case, played
from benchmarks.decisions.world import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.decisions.kept import Kept
    from benchmarks.decisions.play import End
    from benchmarks.decisions.world import Cell

    Ends = dict[str, list[End]]
    Row = dict[str, Any]

_BLOCK = 50  # repetitions that one worker plays before it reports
_G8 = "G8"


def run(
    cells: Sequence[Cell], repetitions: int, jobs: int, kept: Kept, tell: Callable[[str], None]
) -> list[Row]:
    """Return a row for each cell and controller."""
    book = _Book(cells, repetitions, kept)
    on_all_cores(play_block, book.tasks, jobs, book.take, tell)
    return [found for cell in cells for name in CONTROLLERS if (found := kept.read(cell, name))]


def run_boundary(repetitions: int, jobs: int, kept: Kept, tell: Callable[[str], None]) -> list[Row]:
    """Return a row for each case of the grid."""
    tasks = [(case, repetitions) for case in GRID if kept.read(case, _G8) is None]

    def take(task: tuple[Case, int], found: Row) -> str:
        kept.write(task[0], _G8, found)
        return "boundary cases"

    on_all_cores(played, tasks, jobs, take, tell)
    return [found for case in GRID if (found := kept.read(case, _G8))]


def play_block(cell: Cell, names: Sequence[str], part: range) -> Ends:
    """Play some repetitions of one cell under several controllers, all with the same users."""
    ends: Ends = {name: [] for name in names}
    for repetition in part:
        traffic = Traffic(cell, repetition)
        for name in names:
            ends[name].append(play(CONTROLLERS[name], traffic))
    return ends


class _Book:
    """Which cells are open, and what their blocks have brought so far."""

    def __init__(self, cells: Sequence[Cell], repetitions: int, kept: Kept) -> None:
        self._kept, self._cells = kept, len(cells)
        self._parts = [
            range(first, min(first + _BLOCK, repetitions)) for first in range(0, repetitions, _BLOCK)
        ]
        missing = (
            (cell, tuple(name for name in CONTROLLERS if kept.read(cell, name) is None)) for cell in cells
        )
        self.tasks = [(cell, names, part) for cell, names in missing if names for part in self._parts]
        self._open: dict[Cell, dict[range, Ends]] = {cell: {} for cell, _, _ in self.tasks}

    def take(self, task: tuple[Cell, Sequence[str], range], ends: Ends) -> str:
        """Take in a finished block; a cell whose blocks are all there is kept."""
        cell, names, part = task
        found = self._open[cell]
        found[part] = ends
        if len(found) == len(self._parts):
            for name in names:
                together = [end for each in self._parts for end in found[each][name]]
                self._kept.write(cell, name, row(cell, name, together))
            del self._open[cell]
        return f"{self._cells - len(self._open)} of {self._cells} cells, now {cell.name}"
