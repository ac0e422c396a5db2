"""Every row of the suite is whole: found, named, with goals about cases that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows import found

if TYPE_CHECKING:
    from benchmarks.reliability.row import Row

ROWS = found()
HOURS = 8  # that the long run may take


def test_rows_come_in_their_order_and_none_twice() -> None:
    numbers = [row.number for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert numbers


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_row_is_judged_by_goals_about_its_own_cases(row: Row) -> None:
    assert row.goals
    assert len(set(row.cases)) == len(row.cases)
    about = {case for goal in (*row.goals, *row.amounts) for case in goal.rows}
    assert about <= set(row.cases)
    judged = {case for goal in row.goals for case in goal.rows or row.cases}
    assert judged == set(row.cases), "a case that no goal is about proves nothing"
    assert set(row.explained) <= {goal.name for goal in row.goals} | set(row.cases)
    assert not row.holds.endswith(".")
    assert row.method.strip().endswith(".")


def test_the_long_run_fits_into_a_night_and_is_long_enough_for_every_count() -> None:
    assert sum(len(row.cases) * row.long * row.minutes for row in ROWS) <= HOURS * 60
    counts = [(goal, row) for row in ROWS for goal in row.amounts if goal.pick is len]
    assert counts
    for goal, row in counts:
        assert len(goal.rows or row.cases) * row.long >= goal.limit, goal.name
