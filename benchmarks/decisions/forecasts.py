"""What both versions forecast: the same few questions over and over, thirty medicines in every answer.

All medicines of one answer stand on the same branch, so its forecasts are not independent, which is
what a test for drift must bear. The buckets are those of the service's own histogram.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from operator import mul
from typing import NamedTuple

from service.answers import EDGES

BRANCHES = (0.5, 0.8, 1.0, 1.3, 1.8)  # how much each branch sells, all asked equally often
_MEDICINES = tuple(1.16**number for number in range(30))  # units a month in an average branch: 1 to 74


class Model(NamedTuple):
    """How a version's forecasts differ: all `times` as high, or all the same."""

    times: float = 1.0
    constant: bool = False

    def predicted(self, asked: tuple[int, ...]) -> tuple[int, ...]:
        """Forecasts by bucket for so many answers about each branch."""
        return tuple([sum(map(mul, asked, bucket)) for bucket in _buckets(self)])


@cache
def _buckets(model: Model) -> tuple[tuple[int, ...], ...]:
    """For each bucket, the forecasts that fall into it in one answer about each branch."""
    found = []
    for branch in BRANCHES:
        counts = [0] * (len(EDGES) + 1)
        for medicine in _MEDICINES:
            units = 10 if model.constant else round(medicine * branch * model.times)
            counts[bisect_left(EDGES, units)] += 1
        found.append(counts)
    return tuple(zip(*found, strict=True))
