"""Rolling-origin scores, the interval they calibrate, and the gate a learned model has to pass.

MASE: mean over series of the mean absolute error over the in-sample mean absolute error of the
seasonal-naive forecast (Hyndman and Koehler 2006). WAPE: sum of absolute errors over sum of units.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from service import months
from service.history import Floats, History, Rows
from service.model import Band

ORIGINS = 3
MONTHS = 12
MASE_LIMIT = 0.85
COVERAGE = 0.80
COVERED = (0.75, 0.85)
NAIVE, ETS = "seasonal naive", "ETS"
WAPE_GAINS = {NAIVE: 0.15, ETS: 0.05}
_BINS = 12


class Predictor(Protocol):
    """What can be scored: a stored model or a baseline."""

    def fit(self, history: History) -> Self:
        """Learn from the whole of `history`."""

    def expected(self, rows: Rows) -> Floats:
        """Return the expected units of each row, not rounded."""


def silent(_: str) -> None:
    """Tell nobody how far the scoring is."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts of months the model had not seen, row by row, over all origins.

    `expected` is unrounded, `actual` in units, `scale` the series' seasonal-naive error before
    the origin, `series` and `origin` say where a row comes from.
    """

    expected: Floats
    actual: Floats
    scale: Floats
    series: npt.NDArray[np.int64]
    origin: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scores:
    """`mase`, `wape` and `coverage` are shares; `bias` is the mean error in units.

    Where nothing was sold there is no `wape`: it is NaN, and no gate lets it pass.
    """

    mase: float
    wape: float
    bias: float
    coverage: float
    rows: int

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def backtest(forecaster: Predictor, history: History, tell: Callable[[str], None] = silent) -> Backtest:
    """Fit at the end of each of the last `ORIGINS` years but one and forecast the year after."""
    parts = []
    for years in range(ORIGINS, 0, -1):
        past = history.until(history.last_month - 12 * years)
        number, known = ORIGINS + 1 - years, months.name(past.last_month)
        tell(f"origin {number} of {ORIGINS}: {MONTHS} months from what was known in {known}")
        forecaster.fit(past)
        rows = history.rows(range(past.last_month + 1, past.last_month + MONTHS + 1))
        scale = _seasonal_error(past)[rows[:, 0], rows[:, 1]]
        actual = history.demand[rows[:, 0], rows[:, 1], rows[:, 2] - history.first_month]
        judged = ~np.isnan(actual) & (scale > 0)
        parts.append(_part(forecaster, rows[judged], actual[judged], scale[judged], years))
    return Backtest(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _part(
    forecaster: Predictor, rows: Rows, actual: Floats, scale: Floats, years: int
) -> tuple[Floats, Floats, Floats, Rows, Rows]:
    series = rows[:, 0] * 10_000 + rows[:, 1]
    return forecaster.expected(rows), actual, scale, series, np.full(len(rows), years)


def _seasonal_error(past: History) -> Floats:
    """Return (branch, medicine): mean absolute change from one year to the next, 0 if unknown."""
    change = np.abs(past.demand[:, :, 12:] - past.demand[:, :, :-12])
    known = ~np.isnan(change)
    return np.asarray(np.where(known, change, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1))


def calibrate(seen: Backtest, seed: int) -> Band:
    """Take the residuals' quantiles in bins of the expected units.

    Counts are spread evenly over their unit first, so that rounding the ends does not widen them.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    spread = seen.actual + rng.uniform(-0.5, 0.5, seen.actual.size)
    residual = (spread - seen.expected) / np.sqrt(seen.expected + 1)
    bins = np.array_split(np.argsort(seen.expected, kind="stable"), _BINS)
    tails = [_tails(residual[rows], seen.expected[rows], seen.actual[rows]) for rows in bins]
    low, high = np.array(tails).T
    return Band(np.array([seen.expected[rows].mean() for rows in bins]), low, high)


def _tails(residual: Floats, expected: Floats, actual: Floats) -> tuple[float, float]:
    """Return both quantiles; what the lower end at 0 units cannot leave out, the upper one does."""
    low = np.quantile(residual, (1 - COVERAGE) / 2)
    ends = np.clip(np.rint(expected + low * np.sqrt(expected + 1)), 0, None)
    below = float(np.mean(actual < ends))
    return float(low), float(np.quantile(residual, min(below + COVERAGE, 1.0)))


def scores(seen: Backtest, seed: int) -> Scores:
    """Score the whole units as they would be served; coverage by bands from the other origins."""
    error = np.rint(seen.expected) - seen.actual
    scaled = np.abs(error) / seen.scale
    _, series = np.unique(seen.series * 10 + seen.origin, return_inverse=True)
    by_series = np.bincount(series, scaled) / np.bincount(series)
    return Scores(
        mase=float(by_series.mean()),
        wape=float(np.abs(error).sum() / units) if (units := seen.actual.sum()) else float("nan"),
        bias=float(error.mean()),
        coverage=_coverage(seen, seed),
        rows=len(error),
    )


def _coverage(seen: Backtest, seed: int) -> float:
    inside = 0
    for origin in np.unique(seen.origin):
        held = seen.origin == origin
        band = calibrate(_only(seen, ~held), seed)
        lower, upper = band.around(seen.expected[held])
        units, actual = np.rint(seen.expected[held]), seen.actual[held]
        covered = (np.clip(np.rint(lower), 0, units) <= actual) & (actual <= np.fmax(np.rint(upper), units))
        inside += int(covered.sum())
    return inside / seen.actual.size


def _only(seen: Backtest, rows: npt.NDArray[np.bool_]) -> Backtest:
    return Backtest(
        seen.expected[rows], seen.actual[rows], seen.scale[rows], seen.series[rows], seen.origin[rows]
    )


def shortcomings(learned: Scores, baselines: Mapping[str, Scores]) -> list[str]:
    """Say why the learned model may not be released; an empty list means that it may.

    `baselines` holds at least those of `WAPE_GAINS`. The bias is reported, and is no reason.
    """
    found = []
    if not learned.mase <= MASE_LIMIT:
        found.append(f"MASE {learned.mase:.3f} is above {MASE_LIMIT}")
    naive = baselines[NAIVE].mase
    if not learned.mase < naive:
        found.append(f"MASE {learned.mase:.3f} does not beat the seasonal-naive {naive:.3f}")
    for name, gain in WAPE_GAINS.items():
        limit = (1 - gain) * baselines[name].wape
        if not learned.wape <= limit:
            found.append(f"WAPE {learned.wape:.3f} is above {limit:.3f}, {gain:.0%} better than {name}")
    low, high = COVERED
    if not low <= learned.coverage <= high:
        found.append(
            f"coverage of the {COVERAGE:.0%} interval is {learned.coverage:.1%}, not {low:.0%} to {high:.0%}"
        )
    return found
