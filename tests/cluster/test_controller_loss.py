"""Short forms of R3 and R4: leaders that stand still, die, or get nothing done while a canary has users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows import r3_leaders, r4_lost

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_no_write_of_an_old_leader_succeeds_after_the_new_epoch_and_a_standby_is_in_time(
    stage: Stage,
) -> None:
    assert missed(r3_leaders.ROW, stage) == []


def test_users_leave_a_canary_whose_controllers_are_dead_or_stuck_and_never_come_back(stage: Stage) -> None:
    assert missed(r4_lost.ROW, stage, r4_lost.DEAD, r4_lost.STUCK) == []
