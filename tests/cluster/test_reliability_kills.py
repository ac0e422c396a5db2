"""Short form of R2: a controller that is killed at every move of two releases, and between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r2_kills import CASES, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_a_controller_that_is_killed_over_and_over_does_what_it_would_have_done(stage: Stage) -> None:
    assert missed(ROW, stage, CASES[0]) == []
