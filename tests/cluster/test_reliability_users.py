"""Short form of R1: users who ask all the time while releases come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r1_users import PROMOTED, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


@pytest.mark.parametrize("case", [PROMOTED, "crashing canary", "image missing"])
def test_no_request_fails_because_of_a_release(stage: Stage, case: str) -> None:
    assert missed(ROW, stage, case) == []
