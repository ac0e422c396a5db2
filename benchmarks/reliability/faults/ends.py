"""How a release ended, by the weights on the Ingress alone. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.rollback.measures import QUIET, Outcome, outcome
from demo.observed import SETTLE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AFTER", "PATIENCE", "Outcome", "ended", "outcome"]

PATIENCE = 240.0  # seconds for a release to end or to reach a weight
AFTER = SETTLE + QUIET  # seconds that are watched after the end


def ended(route: Sequence[int]) -> bool:
    """Whether users met the canary and the weight is back at 0."""
    return outcome(route) is not Outcome.UNDECIDED
