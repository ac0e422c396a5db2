"""Drift and exponential smoothing, against what their definitions say and series whose future is known."""

from dataclasses import replace

import numpy as np
import pytest

from service.history import Floats, History
from service.model import SeasonalNaive
from service.training import baselines, data, score
from service.training.baselines import Drift, Ets

FIRST = 24_000  # a January
AHEAD = 12


def past(*series: Floats) -> History:
    """One branch for each series, one medicine."""
    units = np.array(series, dtype=float)[:, None, :]
    promotions = np.zeros((1, units.shape[2] + AHEAD), dtype=bool)
    return History(
        tuple(map(str, range(len(series)))),
        ("Zinc",),
        FIRST,
        units,
        np.zeros(units.shape, dtype=bool),
        promotions,
    )


def forecast(predictor: Drift | Ets, history: History) -> Floats:
    """(branch, month ahead)"""
    rows = history.rows(range(history.last_month + 1, history.last_month + AHEAD + 1))
    return predictor.fit(history).expected(rows).reshape(len(history.branches), AHEAD)


def test_drift_goes_on_from_the_last_known_month_by_the_mean_change() -> None:
    gone = np.array([np.nan, 10.0, 3.0, 16.0, np.nan, np.nan])
    (told,) = forecast(Drift(), past(gone))
    assert told[:3] == pytest.approx([16 + 3 * 3, 16 + 4 * 3, 16 + 5 * 3])


def test_drift_never_falls_below_nothing_and_says_nothing_of_an_unknown_series() -> None:
    falling, unknown = forecast(Drift(), past(np.array([30.0, 10.0]), np.array([np.nan, np.nan])))
    assert falling.tolist() == [0] * AHEAD
    assert unknown.tolist() == [0] * AHEAD


def test_a_constant_series_stays_what_it_is() -> None:
    for told in forecast(Ets(), past(np.full(48, 7.0), np.zeros(48))):
        assert told == pytest.approx(np.full(AHEAD, told[0]), abs=0.1)
    assert forecast(Ets(), past(np.full(48, 7.0)))[0] == pytest.approx(np.full(AHEAD, 7.0))


def test_level_only_is_simple_exponential_smoothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_KINDS", (baselines._Kind(slope=False, season=""),))
    monkeypatch.setattr(baselines, "_ALPHAS", (0.3,))
    units = np.random.default_rng(1).poisson(9, 40).astype(float)
    level = units[:12].mean()
    for one in units:
        level = 0.3 * one + 0.7 * level
    assert forecast(Ets(), past(units))[0] == pytest.approx(np.full(AHEAD, level))


@pytest.mark.parametrize("season", ["added", "times"])
def test_a_season_is_found_and_goes_on(season: str) -> None:
    month = np.arange(108)
    wave = np.cos(2 * np.pi * month / 12)
    size = np.linspace(20, 80, 108)
    whole = size + 20 * wave if season == "added" else size * (1 + 0.4 * wave)
    ets = Ets()
    (told,) = forecast(ets, past(whole[:96] + np.random.default_rng(2).normal(0, 0.5, 96)))
    assert baselines._KINDS[int(ets.chosen[0, 0])].season == season
    assert np.abs(told - whole[96:]).mean() < 5


def test_a_steady_slope_goes_on() -> None:
    ets = Ets()
    (told,) = forecast(ets, past(np.arange(60) * 2.0 + 5))
    assert baselines._KINDS[int(ets.chosen[0, 0])].slope
    assert told == pytest.approx(125 + 2 * np.arange(AHEAD), abs=1)


def test_a_slope_can_be_damped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_KINDS", (baselines._Kind(slope=True, season=""),))
    monkeypatch.setattr(baselines, "_DAMPING", (0.9,))
    (told,) = forecast(Ets(), past(np.arange(60) * 2.0 + 5))
    assert (np.diff(told) > 0).all()
    assert (np.diff(np.diff(told)) < 0).all()


def test_no_season_is_multiplied_with_nothing() -> None:
    ets = Ets().fit(past(np.tile([9.0, 9.0, 9.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0], 6)))
    assert baselines._KINDS[int(ets.chosen[0, 0])].season != "times"


def test_months_that_are_not_known_move_nothing() -> None:
    units = np.random.default_rng(3).poisson(9, 72).astype(float)
    holes = units.copy()
    holes[-9:] = np.nan
    short, gone = forecast(Ets(), past(units[:63])), forecast(Ets(), past(holes))
    season = np.roll(short[0], 12 - 9)
    assert gone[0] == pytest.approx(season, rel=0.2)
    assert np.isfinite(forecast(Ets(), past(np.full(72, np.nan)))).all()


def test_smoothing_forecasts_the_made_up_chain_better_than_last_years_month() -> None:
    history = data.generate(3, data.Scale(branches=6, medicines=5, months=84))
    found = {
        name: score.scores(score.backtest(predictor, history), 3).wape
        for name, predictor in (("ETS", Ets()), ("drift", Drift()))
    }
    naive = score.scores(score.backtest(SeasonalNaive(), history), 3).wape
    assert found["ETS"] < 0.9 * naive < naive < found["drift"]


def test_baselines_know_nothing_of_the_future() -> None:
    history = data.generate(4, data.Scale(branches=4, medicines=4, months=60))
    changed = history.units.copy()
    changed[:, :, -12:] += 1000
    month = history.last_month - 12
    rows = history.rows(range(month + 1, month + 13))
    for predictor in (Drift(), Ets()):
        one, other = (
            predictor.fit(each.until(month)).expected(rows)
            for each in (history, replace(history, units=changed))
        )
        np.testing.assert_array_equal(one, other)
