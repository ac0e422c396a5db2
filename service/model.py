"""The estimators that are stored: the seasonal-naive forecast (v0) and the learned one (v1).

Both are fitted on a `History` and predict whole units with an interval for rows of
(branch index, medicine index, month ordinal), so that nothing downstream tells them apart.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor

from service import features, past
from service.history import Floats, History, Rows


@dataclass(frozen=True, slots=True)
class Band:
    """How far off forecasts of a given size were: residual quantiles over the expected units.

    `expected`, `low` and `high` share one length; residuals are in units of sqrt(expected + 1).
    """

    expected: Floats
    low: Floats
    high: Floats

    def around(self, expected: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper ends for each expected value, not yet rounded."""
        spread = np.sqrt(expected + 1)
        lower = expected + spread * np.interp(expected, self.expected, self.low)
        upper = expected + spread * np.interp(expected, self.expected, self.high)
        return lower, upper


@dataclass(frozen=True, slots=True)
class Domain:
    """What can be asked: names in index order and the months from `first` to `last`."""

    branches: tuple[str, ...]
    medicines: tuple[str, ...]
    first: int
    last: int


class Forecaster(BaseEstimator):
    """Shared half of both estimators; after `fit` they hold `domain_`, `state_` and `past_`."""

    def __init__(self, band: Band | None = None) -> None:
        self.band = band

    def fit(self, history: History) -> Self:
        """Remember what was known at the end of `history`."""
        last = history.last_month
        self.domain_ = Domain(history.branches, history.medicines, last + 1, last + history.horizon)
        self.state_ = features.state_at(history)
        self.past_ = past.recent(history)
        return self

    def expected(self, rows: Rows) -> Floats:
        """Return the expected units of each row, not rounded, never negative."""
        raise NotImplementedError

    def predict(self, rows: Rows) -> Rows | Floats:
        """Return (row, 3) whole units: forecast, low and high with low <= forecast <= high.

        They are integers unless one of them is not finite: as an integer NaN would look like a number.
        """
        expected = self.expected(rows)
        units = np.rint(expected)
        lower, upper = (units, units) if self.band is None else self.band.around(expected)
        low = np.clip(np.rint(lower), 0, units)
        high = np.maximum(np.rint(upper), units)
        whole = np.column_stack([units, low, high])
        return whole.astype(np.int64) if np.isfinite(whole).all() else whole


class SeasonalNaive(Forecaster):
    """The units of the same month a year before; without one, the recent level in season."""

    def expected(self, rows: Rows) -> Floats:
        branch, medicine, month = rows.T
        last_year = self.state_.same_month[branch, medicine, month % 12]
        in_season = self.state_.level[branch, medicine] * self.state_.season[medicine, month % 12]
        return np.asarray(np.where(np.isnan(last_year), in_season, last_year))


class Learned(Forecaster):
    """Gradient-boosted trees on the rate of demand relative to the series' own level."""

    def __init__(self, trees: int = 150, seed: int = 0, band: Band | None = None) -> None:
        super().__init__(band)
        self.trees = trees
        self.seed = seed

    def fit(self, history: History) -> Self:
        """Learn from what each earlier origin could not yet know."""
        super().fit(history)
        examples = features.examples(history)
        self.regressor_ = HistGradientBoostingRegressor(
            loss="poisson", max_iter=self.trees, learning_rate=0.05, max_leaf_nodes=15,
            min_samples_leaf=200, l2_regularization=1.0, early_stopping=False, random_state=self.seed,
        )  # fmt: skip
        # Weighting rates by the level makes their Poisson deviance that of the counts (an offset).
        self.regressor_.fit(examples.columns, examples.units / examples.level, sample_weight=examples.level)
        return self

    def expected(self, rows: Rows) -> Floats:
        branch, medicine, _ = rows.T
        rate = self.regressor_.predict(features.columns(self.state_, rows))
        return np.asarray(np.maximum(rate, 0.0) * self.state_.level[branch, medicine])
