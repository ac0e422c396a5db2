"""Short form of R11: a clock that is set while a bad release runs, and one that is wrong from the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r11_clocks import BEHIND, LONG_BAD, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_no_clock_decides_anything(stage: Stage) -> None:
    assert missed(ROW, stage, LONG_BAD, BEHIND) == []
