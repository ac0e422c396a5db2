"""How far one sample lies above another: Mann-Whitney's test turned into an interval.

The interval of the shift between two samples are the shifts that the two-sided rank-sum test does
not reject; by its normal approximation its ends are order statistics of all pairwise differences
(Moses; Hollander & Wolfe, Nonparametric Statistical Methods, section 4.3), and their median is the
Hodges-Lehmann estimate. Ties make the rank sum vary less: Lehmann, Nonparametrics, equation 1.36.
"""

from __future__ import annotations

from math import floor, inf, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Shift(NamedTuple):
    """How much larger the first sample is: an interval and the Hodges-Lehmann estimate.

    The interval has no ends where so few values can reject nothing.
    """

    low: float
    high: float
    estimate: float


def shift(sample: NDArray[np.float64], other: NDArray[np.float64], confidence: float) -> Shift:
    """Estimate how far `sample` lies above `other`, two arrays of one dimension with at least one value."""
    differences = (sample[:, None] - other[None, :]).ravel()
    size, z = differences.size, NormalDist().inv_cdf((1 + confidence) / 2)
    outside = max(0, floor(size / 2 - z * rank_sum_deviation(sample, other)))
    wanted = (
        [(size - 1) // 2, size // 2, outside - 1, size - outside] if outside else [(size - 1) // 2, size // 2]
    )
    one, two, *ends = np.partition(differences, wanted)[wanted].tolist()
    low, high = ends or (-inf, inf)
    return Shift(low, high, (one + two) / 2)


def rank_sum_deviation(sample: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Standard deviation of the rank sum when both samples come from one distribution, ties included."""
    both = np.concatenate((sample, other))
    _, ties = np.unique(both, return_counts=True)
    size = both.size
    lost = float(np.sum(ties**3 - ties)) / max(1, size * (size - 1))
    return sqrt(sample.size * other.size / 12 * (size + 1 - lost))
