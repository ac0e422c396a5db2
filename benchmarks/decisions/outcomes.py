"""What many releases of one cell under one controller came to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.decisions.play import PROMOTED, ROLLED_BACK, UNDECIDED
from canary.core.binomial import lower_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.decisions.play import End
    from benchmarks.decisions.world import Cell

_DOUBT = 0.05
_BISECTIONS = 50


def row(cell: Cell, controller: str, ends: Sequence[End]) -> dict[str, Any]:
    """One object of the report.

    `promoted`, `rolled_back`, `undecided` and `unseen` are numbers of releases, `causes` those of
    the rollbacks. `back` and `up` are [median, 95 %] of the seconds to rollback and to promotion
    over all releases: null where so many never got there. `failed` are bad answers of the canary, likewise.
    """
    how = Counter(end.how for end in ends)
    return {
        "cell": cell.name,
        "scenario": cell.scenario.name,
        "good": cell.scenario.good,
        "rate": cell.rate,
        "base": cell.base,
        "controller": controller,
        "n": len(ends),
        "promoted": how[PROMOTED],
        "rolled_back": how[ROLLED_BACK],
        "undecided": how[UNDECIDED],
        "causes": dict(sorted(Counter(end.cause for end in ends if end.how == ROLLED_BACK).items())),
        "back": _spread([end.seconds if end.how == ROLLED_BACK else None for end in ends]),
        "up": _spread([end.seconds if end.how == PROMOTED else None for end in ends]),
        "failed": _spread([end.failed for end in ends]),
        "unseen": sum(end.unseen for end in ends),
    }


def at_most(events: int, trials: int) -> float:
    """Bound a probability from above with 95 % confidence (Clopper & Pearson 1934, one-sided)."""
    low, high = events / trials, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if lower_tail(events, trials, middle) > _DOUBT else (low, middle)
    return high


def _spread(values: Sequence[int | None]) -> list[int | None]:
    """The median and the 95 % quantile: the smallest value that so many do not exceed."""
    ordered = sorted(values, key=lambda value: (value is None, value or 0))
    return [ordered[max(0, -(-len(ordered) * percent // 100) - 1)] for percent in (50, 95)]
