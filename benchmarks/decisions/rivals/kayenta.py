"""Kayenta: canary against an equally large baseline of stable, judged each hour for three hours.

Two metrics as points a minute: bad answers in percent and the mean answer time in milliseconds. A metric
passes unless the whole 98 % interval of its shift lies above a quarter of the Hodges-Lehmann
estimate and the means differ in that direction; minutes without data are left out, a metric
without any point counts for nothing. The score is the share of metrics that pass: below 75 ends
the release at once, at least 95 is asked at the end; no metric at all scores 0, and a judgement that
cannot ask the store fails. Each judgement looks at all points so far.
"""

from __future__ import annotations

from math import nan
from operator import mul, sub
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.decisions.play import Move
from benchmarks.decisions.rivals.mann_whitney import shift
from benchmarks.decisions.world import EDGES, SCRAPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from benchmarks.decisions.world import Side, Tick

_CONFIDENCE, _TOLERANCE = 0.98, 0.25
_PASS, _MARGINAL = 95.0, 75.0
_HOUR, _HOURS = 3600, 3
_POINT = 60
_LOWEST, _HIGHEST = 0.005, 2.0  # s: stand for answers below the first and above the last edge
_CENTRES = tuple((low * high) ** 0.5 for low, high in zip((_LOWEST, *EDGES), (*EDGES, _HIGHEST), strict=True))


class _Kayenta:
    first, every = 10, _POINT // SCRAPE

    def __init__(self) -> None:
        self._points: list[tuple[tuple[float, float], tuple[float, float]]] = []

    def observe(self, tick: Tick) -> Move:
        if tick.canary is not None and (baseline := tick.baseline) is not None:
            self._points.append((_point(tick.canary), _point(baseline)))
        return self._judged(tick) if tick.end % _HOUR == 0 else Move(self.first)

    def _judged(self, tick: Tick) -> Move:
        known = score(np.array(self._points).reshape(-1, 2, 2)) if tick.reachable else None
        last = tick.end >= _HOURS * _HOUR
        if known is None:
            return Move(0, "no data")
        if known < (_PASS if last else _MARGINAL):
            return Move(0, "metrics")
        return Move(100) if last else Move(self.first)


def score(points: NDArray[np.float64]) -> float | None:
    """Percent of the metrics that pass; None without data. `points`: [minute, canary or baseline, metric]."""
    verdicts = []
    for metric in range(points.shape[-1]):
        canary, baseline = (side[~np.isnan(side)] for side in points[:, :, metric].T)
        if canary.size and baseline.size:
            verdicts.append(passes(canary, baseline))
    return 100 * sum(verdicts) / len(verdicts) if verdicts else None


def passes(canary: NDArray[np.float64], baseline: NDArray[np.float64]) -> bool:
    """Tell whether the canary's points are not clearly higher."""
    if canary.mean() <= baseline.mean() or np.array_equal(np.sort(canary), np.sort(baseline)):
        return True
    found = shift(canary, baseline, _CONFIDENCE)
    return found.low <= _TOLERANCE * abs(found.estimate)


def _point(side: Side) -> tuple[float, float]:
    """One minute: bad answers in percent, mean milliseconds; NaN without requests."""
    if not side.requests:
        return nan, nan
    slower = (side.requests, *side.over, 0)
    seconds = sum(map(mul, _CENTRES, map(sub, slower, slower[1:])))
    return 100 * side.errors / side.requests, 1000 * seconds / side.requests


def kayenta(_: Sequence[Tick]) -> _Kayenta:
    """Three hourly judgements over a growing window."""
    return _Kayenta()
