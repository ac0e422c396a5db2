"""Short form of R5: a metrics store that is away for too long, and one that answers nonsense for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r5_prometheus import ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_without_data_nothing_moves_forward_and_beyond_the_budget_users_go_back(stage: Stage) -> None:
    assert missed(ROW, stage, "away 1.5", "no number") == []
