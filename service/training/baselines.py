"""What a learned model has to beat besides the seasonal-naive forecast: drift and exponential smoothing.

Both take a `History` and forecast rows as the stored models do; neither is ever stored. All series are
smoothed at once, with the parameters of a grid, and each takes the model that its own past prefers: a
thousand series cost seconds, so that every training can afford to be measured against them.
"""

from dataclasses import dataclass
from itertools import product
from typing import Self

import numpy as np
import numpy.typing as npt

from service.history import Floats, History, Rows

YEAR = 12
_ALPHAS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.65, 0.9)
_SLOPES = (0.05, 0.15)
_DAMPING = (0.9, 0.98, 1.0)
_GAMMAS = (0.01, 0.03, 0.06, 0.12, 0.25)
_LEAST = 1e-2


class Drift:
    """The last known units, and from there on the mean change of a month."""

    def fit(self, history: History) -> Self:
        """Remember the first and the last known units of each series."""
        known = np.isfinite(history.demand)
        length = known.shape[2]
        first, last = known.argmax(axis=2), length - 1 - known[:, :, ::-1].argmax(axis=2)
        begin, end = (_at(history.demand, place) for place in (first, last))
        self._end = np.nan_to_num(end)
        self._slope = np.nan_to_num((end - begin) / np.maximum(last - first, 1))
        self._last = history.first_month + last
        return self

    def expected(self, rows: Rows) -> Floats:
        """Return the expected units of each row, never negative."""
        branch, medicine, month = rows.T
        ahead = month - self._last[branch, medicine]
        return np.asarray(np.fmax(self._end[branch, medicine] + ahead * self._slope[branch, medicine], 0.0))


def _at(cube: Floats, place: npt.NDArray[np.int64]) -> Floats:
    return np.asarray(np.take_along_axis(cube, place[:, :, None], axis=2)[:, :, 0])


@dataclass(frozen=True, slots=True)
class _Kind:
    """A family of models: with a damped slope or none, with a season that is added, multiplied or none."""

    slope: bool
    season: str

    @property
    def parameters(self) -> int:
        """Count what is estimated: smoothing parameters, states at the start, and the variance."""
        return 3 + 3 * self.slope + (YEAR if self.season else 0)

    def grid(self) -> Floats:
        """Return (model, 4) of alpha, beta, phi and gamma; gamma is at most 1 - alpha."""
        slopes = (
            [(slope, damping) for slope in _SLOPES for damping in _DAMPING] if self.slope else [(0.0, 1.0)]
        )
        gammas = _GAMMAS if self.season else (0.0,)
        return np.array(
            [
                (alpha, alpha * slope, damping, min(gamma, 1 - alpha))
                for alpha, (slope, damping), gamma in product(_ALPHAS, slopes, gammas)
            ]
        )


_KINDS = tuple(_Kind(slope, season) for slope in (False, True) for season in ("", "added", "times"))


@dataclass(frozen=True, slots=True)
class _Smoothed:
    """The states after the last month and the criterion (smaller is better), by series."""

    level: Floats
    slope: Floats
    damping: Floats
    season: Floats
    criterion: Floats


class Ets:
    """Exponential smoothing: of six families and a grid of parameters the one with the least AIC, by series.

    Level, damped slope or none; season added, multiplied or none; additive errors. A month that is not
    known moves no state. Source: Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential
    Smoothing (2008), tables 2.1 and 2.3. The season at the start is that of all years, not only of the first
    ones as in its section 2.6.1: the baseline forecasts better with it.
    """

    def fit(self, history: History) -> Self:
        """Smooth every series with every model and keep the best of each."""
        branches, medicines, length = history.demand.shape
        series = history.demand.reshape(-1, length)
        self._medicines = medicines
        self._origin, self._first = history.last_month, history.first_month
        self._kinds = _KINDS
        self._fitted = [_smooth(series, kind) for kind in _KINDS]
        self.chosen = np.argmin([one.criterion for one in self._fitted], axis=0).reshape(branches, medicines)
        return self

    def expected(self, rows: Rows) -> Floats:
        """Return the expected units of each row, never negative."""
        branch, medicine, month = rows.T
        series, ahead = branch * self._medicines + medicine, month - self._origin
        phase = (month - self._first) % YEAR
        told = np.empty(len(rows))
        for index, (kind, fitted) in enumerate(zip(self._kinds, self._fitted, strict=True)):
            mine = self.chosen[branch, medicine] == index
            told[mine] = _ahead(kind, fitted, series[mine], ahead[mine], phase[mine])
        return np.asarray(np.fmax(told, 0.0))


def _ahead(
    kind: _Kind, fitted: _Smoothed, series: Rows, ahead: npt.NDArray[np.int64], phase: npt.NDArray[np.int64]
) -> Floats:
    damping = fitted.damping[series]
    # The sum of phi + phi^2 + ... + phi^ahead.
    reach = np.where(damping < 1, damping * (1 - damping**ahead) / np.maximum(1 - damping, 1e-9), ahead)
    trend = fitted.level[series] + reach * fitted.slope[series]
    season = fitted.season[phase, series]
    return np.asarray(trend * season if kind.season == "times" else trend + season)


def _smooth(series: Floats, kind: _Kind) -> _Smoothed:
    """Run (series, month) through all models of the kind and keep the best of each series."""
    alpha, beta, phi, gamma = (column[:, None] for column in kind.grid().T)
    times, models = kind.season == "times", len(alpha)
    level, slope, season = (np.repeat(state, models, axis=-2) for state in _start(series, kind))
    squares = np.zeros_like(level)
    for month, units in enumerate(series.T):
        base, factor = level + phi * slope, season[month % YEAR]
        error = np.where(np.isnan(units), 0.0, units - (base * factor if times else base + factor))
        squares += error**2
        share = error / factor if times else error
        level = np.fmax(base + alpha * share, _LEAST) if times else base + alpha * share
        slope = phi * slope + beta * share
        moved = factor + gamma * (error / np.fmax(base, _LEAST) if times else error)
        season[month % YEAR] = np.fmax(moved, _LEAST) if times else moved
    best = squares.argmin(axis=0)
    here = np.arange(series.shape[0])
    known = np.isfinite(series).sum(axis=1)
    if times:  # a share of nothing is nothing: such a season is for series that always sell
        known = np.where(np.nanmin(np.where(np.isfinite(series), series, np.inf), axis=1) > 0, known, 0)
    return _Smoothed(
        level[best, here], slope[best, here], phi[best, 0], season[:, best, here],
        _criterion(squares[best, here], known, kind.parameters),
    )  # fmt: skip


def _start(series: Floats, kind: _Kind) -> tuple[Floats, Floats, Floats]:
    """Return level and slope (1, series) and season (12, 1, series) before the first month."""
    with np.errstate(invalid="ignore"):
        first, second = (_mean(series[:, at : at + YEAR]) for at in (0, YEAR))
    everything = np.nan_to_num(_mean(series))
    level = np.where(np.isfinite(first), first, everything)
    change = np.nan_to_num((second - first) / YEAR) if kind.slope else np.zeros_like(level)
    level = level - change * (YEAR + 1) / 2  # a mean lies in the middle of its year
    season = np.ones if kind.season == "times" else np.zeros
    if not kind.season:
        return level[None], change[None], season((YEAR, 1, len(level)))
    times = kind.season == "times"
    found = _season(series, times=times)
    level = np.fmax(level, _LEAST) if times else level
    return level[None], change[None], np.fmax(found, 0.1) if times else found


def _season(series: Floats, *, times: bool) -> Floats:
    """Return (12, 1, series): the mean of a calendar month over, or less, the year around it."""
    usual = 1.0 if times else 0.0
    found = np.full((YEAR, 1, len(series)), usual)
    if series.shape[1] <= YEAR:
        return found
    years = _mean(np.lib.stride_tricks.sliding_window_view(series, YEAR, axis=1))
    around = (years[:, :-1] + years[:, 1:]) / 2
    middle = series[:, YEAR // 2 : YEAR // 2 + around.shape[1]]
    relative = middle / np.fmax(around, _LEAST) if times else middle - around
    for month in range(YEAR):
        known = _mean(relative[:, (month - YEAR // 2) % YEAR :: YEAR])
        found[month, 0] = np.where(np.isfinite(known), known, usual)
    return found


def _mean(values: Floats) -> Floats:
    """Average what is known along the last axis; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _criterion(squares: Floats, known: npt.NDArray[np.int64], parameters: int) -> Floats:
    """Return the AIC; infinite where a series has not enough months for so many parameters.

    Its correction for short series (AICc) takes seasons from series that need them: with it this
    baseline forecasts worse, and would be beaten too easily.
    """
    fit = known * np.log(np.fmax(squares, 1e-9) / np.maximum(known, 1)) + 2 * parameters
    return np.asarray(np.where((known > parameters + 1) | (parameters <= 3), fit, np.inf))
