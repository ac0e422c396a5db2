"""Short form of R7: a proxy that does not see the canary's Ingress, and one that is late, either way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r7_entrance import CLASS, LATE, LATE_BACK, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_an_ignored_weight_is_found_held_and_taken_back(stage: Stage) -> None:
    assert missed(ROW, stage, CLASS) == []


def test_a_proxy_that_follows_late_takes_no_good_release_back(stage: Stage) -> None:
    assert missed(ROW, stage, LATE) == []


def test_a_proxy_that_is_late_on_the_way_back_still_finds_pods(stage: Stage) -> None:
    assert missed(ROW, stage, LATE_BACK) == []
