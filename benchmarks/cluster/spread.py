"""Percentiles of a handful of measured figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Spread:
    """How `n` figures lie, in their own unit."""

    n: int
    p50: float
    p95: float
    p99: float
    max: float

    def __str__(self) -> str:
        return (
            f"n {self.n}, median {self.p50:.3g}, p95 {self.p95:.3g}, p99 {self.p99:.3g}, max {self.max:.3g}"
        )


def percentile(figures: Sequence[float], share: float) -> float:
    """The smallest figure that at least `share` of the figures do not exceed (the nearest rank).

    Nothing is interpolated: of 20 figures the 95 % one is the 19th and the 99 % one the largest.
    Raises ValueError when there is none.
    """
    if not figures:
        raise ValueError("figures: there is none: measure one first")
    return sorted(figures)[max(1, ceil(round(share * len(figures), 9))) - 1]


def spread(figures: Sequence[float]) -> Spread:
    """Lay the figures out; the median of an even number is the middle of the two in the middle."""
    high = percentile(figures, 0.95), percentile(figures, 0.99)
    return Spread(len(figures), median(figures), *high, max(figures))
