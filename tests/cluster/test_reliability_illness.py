"""Short form of R10: canaries of which only a part is bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r10_illness import BAD, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_a_canary_that_is_bad_in_part_or_runs_out_of_memory_goes_back(stage: Stage) -> None:
    assert missed(ROW, stage, *BAD) == []
