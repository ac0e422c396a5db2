"""G8 in short: fair games stay fair at the boundary."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.decisions.validity import (
    DOUBT,
    GAMES,
    GRID,
    Case,
    game,
    largest_expectation,
    played,
    units_agree,
)


def test_no_bet_on_one_tick_gains_on_average() -> None:
    assert largest_expectation() <= 1 + 1e-9


@pytest.mark.parametrize("case", [Case(0.005, 0.01, 1500, 0.25), Case(0.005, 0.01, 1500, 0.25, parts=5)])
def test_a_release_at_the_boundary_is_a_fair_game(case: Case) -> None:
    row = played(case, 60)
    assert [row[game]["fair"] for game in GAMES] == [True, True]


def test_a_game_that_wins_on_average_is_not_fair() -> None:
    final = np.linspace(1.1, 1.3, 100)
    assert not game(final, final)["fair"]
    assert game(final - 0.3, final)["fair"]


def test_a_game_that_reaches_the_boundary_too_often_is_not_fair() -> None:
    final, highest = np.full(100, 0.5), np.ones(100)
    highest[:2] = 1 / DOUBT
    assert game(final, highest)["fair"]
    highest[:7] = 1 / DOUBT
    assert not game(final, highest)["fair"]


def test_units_change_no_rule() -> None:
    assert units_agree()


def test_the_grid_splits_ticks_too() -> None:
    assert {case.parts for case in GRID} == {1, 5}
