"""The page tells what a reader would otherwise take for evidence."""

from __future__ import annotations

import pytest

from benchmarks.decisions.controllers import CONTROLLERS, OURS
from benchmarks.decisions.outcomes import row
from benchmarks.decisions.play import PROMOTED, ROLLED_BACK, End
from benchmarks.decisions.report import Setting, frame, page

from .stage import cell

UP = End(PROMOTED, "", 180, 1, unseen=False)
LATE = End(ROLLED_BACK, "idle", 1860, 0, unseen=False)
SETTING = Setting("python -m benchmarks.decisions --repetitions 4", 4, 12.34)


def written(ours: list[End], goals: list[dict[str, object]]) -> str:
    rows = [row(cell(), name, ours if name == OURS else [UP] * 4) for name in CONTROLLERS]
    return page(SETTING, frame(SETTING, goals, rows), [("picture.svg", "both the same")])


def test_a_cell_has_one_column_for_each_controller() -> None:
    line = next(line for line in written([UP] * 4, []).splitlines() if line.startswith("| same/100/1%"))
    assert line == "| same/100/1% |" + " 0 %, 180 s |" * len(CONTROLLERS)


def test_what_a_clock_ended_is_told_from_evidence() -> None:
    assert "| 25 %, 180 s (went back by the clock: 25 % idle) |" in written([UP, UP, UP, LATE], [])


def test_command_date_machine_and_pictures_are_in_it() -> None:
    found = written([UP] * 4, [])
    assert "`python -m benchmarks.decisions --repetitions 4`, 20" in found
    assert "cores, " in found
    assert "![both the same](picture.svg)" in found


@pytest.mark.parametrize("met", [True, False])
def test_a_missed_goal_is_listed(*, met: bool) -> None:
    goal = {"name": "G9: x", "goal": "<= 1", "figure": None, "unit": "s", "met": met, "note": "never"}
    assert ("| G9: x | <= 1 | - s | never |" in written([UP] * 4, [goal])) is not met
