"""How a release ended, by the weights on the Ingress and by who answers afterwards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.rollback.measures import QUIET, Outcome, outcome
from demo.observed import SETTLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.observed import Window

__all__ = ["AFTER", "PATIENCE", "Outcome", "ended", "ending"]

PATIENCE = 240.0  # seconds for a release to end or to reach a weight
AFTER = SETTLE + QUIET  # seconds that are watched after the end


def ended(route: Sequence[int]) -> bool:
    """Whether users met the canary and the weight is back at 0."""
    return outcome(route) is not Outcome.UNDECIDED


def ending(window: Window, revision: str) -> Outcome:
    """Tell how the release of a revision ended: one taken back from 100 % leaves a promoted one's weights."""
    found = outcome(window.route)
    answers = [record for record in window.requests if record.revision]
    last = max(answers, key=lambda record: record.start).revision if answers else ""
    return Outcome.TAKEN_BACK if found is Outcome.PROMOTED and last != revision else found
