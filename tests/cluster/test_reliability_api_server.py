"""Short form of R6: a fifth of the controller's calls fails while a bad release must go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r6_api_server import BAD_TOO, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_a_bad_release_is_taken_back_although_a_fifth_of_all_calls_fails(stage: Stage) -> None:
    assert missed(ROW, stage, BAD_TOO) == []
