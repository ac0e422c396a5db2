"""Short form of R8: foreign hands on a running release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.reliability.rows.r8_hands import EDITED, ROW

from .reliability import missed

if TYPE_CHECKING:
    from benchmarks.reliability.row import Stage

pytestmark = [pytest.mark.cluster]


def test_a_foreign_weight_is_put_back_at_once_and_reported(stage: Stage) -> None:
    assert missed(ROW, stage, EDITED) == []
