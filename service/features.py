"""What was known of each series at an origin, and the model's input columns for later months."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service import months
from service.history import Flags, Floats, History, Rows

COLUMNS: tuple[str, ...] = (
    "season", "level", "recent", "trend", "last_year", "own_season",
    "promotion", "promoted_last_year", "working_days", "months_ahead", "calendar_month",
)  # fmt: skip
"""Ratios are relative to the level: the model learns a rate, the level carries the size."""

SMALLEST_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class State:
    """What the series looked like at the end of `origin`.

    `level` (branch, medicine): units of a month without season, mean of the last year.
    `season` (medicine, 12): the chain's index of each calendar month, around 1.
    `same_month` (branch, medicine, 12): last known units of each calendar month, NaN if none.
    `own_season` (branch, medicine, 12): mean of the last three of them over the level.
    `recent`, `trend` (branch, medicine): last quarter, and last year, over what came before.
    `promotions` (medicine, month from `first_month`): the plan.
    """

    origin: int
    first_month: int
    level: Floats
    season: Floats
    same_month: Floats
    own_season: Floats
    recent: Floats
    trend: Floats
    promotions: Flags


def state_at(history: History) -> State:
    """Sum up the whole of `history`; at least 12 months of it are needed."""
    demand = history.demand
    calendar = (history.first_month + np.arange(demand.shape[2])) % 12
    season = _season(demand, calendar)
    plain = demand / season[None][:, :, calendar]
    level = _mean(plain[:, :, -12:])
    level = np.where(np.isnan(level), _mean(level.T, keepdims=True).T, level)
    level = np.fmax(level, SMALLEST_LEVEL)
    by_month = [demand[:, :, calendar == month] for month in range(12)]
    return State(
        origin=history.last_month,
        first_month=history.first_month,
        level=level,
        season=season,
        same_month=np.stack([_last_known(values) for values in by_month], axis=2),
        own_season=np.stack([_mean(values[:, :, -3:]) for values in by_month], axis=2) / level[:, :, None],
        recent=_mean(plain[:, :, -3:]) / level,
        trend=level / np.fmax(_mean(plain[:, :, -24:-12]), SMALLEST_LEVEL),
        promotions=history.promotions,
    )


def columns(state: State, rows: Rows) -> Floats:
    """Return the model's input (row, column of `COLUMNS`) for rows of (branch, medicine, month)."""
    branch, medicine, month = rows.T
    calendar, step = month % 12, month - state.first_month
    level = state.level[branch, medicine]
    year_before = np.maximum(step - 12 * np.maximum(1, -(-(month - state.origin) // 12)), 0)
    return np.column_stack(
        [
            state.season[medicine, calendar],
            np.log(level),
            state.recent[branch, medicine],
            state.trend[branch, medicine],
            state.same_month[branch, medicine, calendar] / level,
            state.own_season[branch, medicine, calendar],
            state.promotions[medicine, step],
            state.promotions[medicine, year_before],
            _working_days(month),
            month - state.origin,
            calendar,
        ]
    ).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Examples:
    """What earlier origins could not yet know: columns (row, column), units and level (row)."""

    columns: Floats
    units: Floats
    level: Floats


FIRST_ORIGIN = 24
ORIGIN_STEP = 2


def examples(history: History) -> Examples:
    """Look back from every second month on, at every other month of the year that followed."""
    demand, length = history.demand, history.demand.shape[2]
    parts = []
    for origin in range(FIRST_ORIGIN, length - 1, ORIGIN_STEP):
        past = history.until(history.first_month + origin)
        following = range(past.last_month + 1 + origin // 2 % 2, history.last_month + 1, 2)[:7]
        rows = history.rows(following)
        units = demand[rows[:, 0], rows[:, 1], rows[:, 2] - history.first_month]
        opened = np.asarray(np.isfinite(past.units).any(axis=2))
        known = np.isfinite(units) & opened[rows[:, 0], rows[:, 1]]
        rows, state = rows[known], state_at(past)
        parts.append((columns(state, rows), units[known], state.level[rows[:, 0], rows[:, 1]]))
    return Examples(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _working_days(month: npt.NDArray[np.int64]) -> Floats:
    distinct, inverse = np.unique(month, return_inverse=True)
    return np.array([months.working_days(int(one)) for one in distinct], dtype=np.float64)[inverse]


def _season(demand: Floats, calendar: npt.NDArray[np.int64]) -> Floats:
    """Return (medicine, 12): mean of a calendar month over the mean of all, whole last years only."""
    whole = min(demand.shape[2] // 12, 5) * 12
    recent, recent_calendar = demand[:, :, -whole:], calendar[-whole:]
    monthly: Floats = np.stack(
        [_mean(recent[:, :, recent_calendar == month], (0, 2)) for month in range(12)], axis=1
    )
    overall = np.fmax(monthly.mean(axis=1, keepdims=True), SMALLEST_LEVEL)
    return np.asarray(np.fmax(monthly / overall, SMALLEST_LEVEL))


def _mean(values: Floats, axis: int | tuple[int, ...] = -1, *, keepdims: bool = False) -> Floats:
    """Average what is known; NaN where nothing is."""
    known: Flags = np.logical_not(np.isnan(values))
    count = known.sum(axis=axis, keepdims=keepdims)
    total = np.where(known, values, 0.0).sum(axis=axis, keepdims=keepdims)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _last_known(values: Floats) -> Floats:
    """Return the last value along the last axis that is not NaN; NaN if there is none."""
    latest = np.full(values.shape[:-1], np.nan)
    for step in range(values.shape[-1]):
        latest = np.where(np.isnan(values[..., step]), latest, values[..., step])
    return latest
