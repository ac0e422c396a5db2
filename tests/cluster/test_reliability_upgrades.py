"""Short form of R9: helm and evictions in mid-release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r9_upgrades import ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]
SHORT = ("helm upgrade, same values", "helm rollback", "pods evicted")


def test_other_tools_and_a_running_release_do_not_hurt_each_other(stage: Stage) -> None:
    assert missed(ROW, stage, *SHORT) == []
