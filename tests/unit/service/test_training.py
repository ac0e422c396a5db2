import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service import months, table
from service.features import state_at
from service.model import Learned, SeasonalNaive
from service.training import __main__, data, score
from service.training.data import Scale
from service.training.score import Scores

TINY = Scale(branches=4, medicines=4, months=48)
GOOD = Scores(mase=0.80, wape=0.40, bias=0.0, coverage=0.8, rows=1000)
NAIVE = Scores(mase=1.05, wape=0.50, bias=0.0, coverage=0.8, rows=1000)
ETS = Scores(mase=0.84, wape=0.43, bias=0.0, coverage=0.8, rows=1000)


def test_the_same_seed_makes_the_same_bytes_and_another_does_not() -> None:
    one, again, other = (data.digest(data.as_csv(data.generate(seed, TINY))) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_the_chain_is_as_described() -> None:
    history = data.generate(7)
    assert history.units.shape == (40, 30, 96)
    assert (history.branches[0], months.name(history.last_month)) == ("Dubai Mall", "2025-11")
    older = history.units[:-2]
    assert 0.015 < np.isnan(older).mean() < 0.025
    assert np.isnan(history.units[-1, :, :-5]).all()
    assert np.isfinite(history.units[-1, :, -5:]).any()
    assert 0.02 < history.censored.mean() < 0.04
    counts = history.units[np.isfinite(history.units)]
    assert (counts >= 0).all()
    assert (counts == np.rint(counts)).all()


def test_demand_varies_more_than_a_poisson_count() -> None:
    demand = data.generate(7).demand[:-2]
    level = np.nanmean(demand, axis=2)
    assert (np.nanvar(demand, axis=2) > level).mean() > 0.95


def test_dubai_mall_needs_about_four_units_of_some_medicine_in_december_2025() -> None:
    history = data.generate(2025)
    cells = table.predictions(SeasonalNaive().fit(history))
    december = cells[history.branches.index("Dubai Mall"), 0, :, 0]
    assert {3, 4, 5} & set(december.tolist())


def test_training_twice_gives_the_same_predictions_and_another_seed_does_not() -> None:
    def trained(seed: int) -> str:
        forecaster = Learned(trees=20, seed=seed).fit(data.generate(seed, TINY))
        return table.digest(forecaster.domain_, table.predictions(forecaster))

    assert trained(1) == trained(1)
    assert trained(1) != trained(2)


def test_the_seasonal_naive_forecast_is_last_years_month() -> None:
    history = data.generate(3, TINY)
    history = replace(history, units=np.nan_to_num(history.units), censored=np.zeros_like(history.censored))
    forecast = (
        SeasonalNaive().fit(history).expected(history.rows(range(data.LAST_MONTH + 1, data.LAST_MONTH + 13)))
    )
    last_year = np.moveaxis(history.units[:, :, -12:], 2, 1).reshape(-1)
    np.testing.assert_array_equal(forecast, last_year)


def test_features_know_nothing_of_the_future() -> None:
    history = data.generate(4, TINY)
    changed = history.units.copy()
    changed[:, :, -6:] += 1000
    month = history.last_month - 6
    before, after = (state_at(one.until(month)) for one in (history, replace(history, units=changed)))
    np.testing.assert_array_equal(before.level, after.level)
    np.testing.assert_array_equal(before.same_month, after.same_month)


def test_intervals_hold_the_forecast() -> None:
    history = data.generate(5, TINY)
    forecaster = SeasonalNaive()
    seen = score.backtest(forecaster, history)
    forecaster.band = score.calibrate(seen, 5)
    units, low, high = table.predictions(forecaster.fit(history)).reshape(-1, 3).T
    assert (low >= 0).all()
    assert (low <= units).all()
    assert (units <= high).all()
    assert (low < high).any()


def test_scores_are_what_their_definitions_say() -> None:
    seen = score.Backtest(
        expected=np.tile([2.0, 4.4, 1.0, 0.0], 12),
        actual=np.tile([4.0, 4.0, 1.0, 2.0], 12),
        scale=np.tile([2.0, 2.0, 4.0, 4.0], 12),
        series=np.tile([1, 1, 2, 2], 12),
        origin=np.tile([1, 1, 1, 2], 12),
    )
    found = score.scores(seen, seed=0)
    assert found.wape == pytest.approx(4 / 11)
    assert found.mase == pytest.approx(np.mean([0.5, 0.0, 0.5]))
    assert found.bias == pytest.approx(-1.0)


def test_where_nothing_was_sold_there_is_no_share_of_error() -> None:
    nothing = np.zeros(48)
    seen = score.Backtest(
        np.tile([0.0, 1.0], 24), nothing, nothing + 1, nothing.astype(int), np.tile([1, 2], 24)
    )
    found = score.scores(seen, seed=0)
    assert np.isnan(found.wape)
    assert found.mase == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("learned", "reasons"),
    [
        pytest.param(GOOD, [], id="good"),
        pytest.param(replace(GOOD, mase=0.86), ["MASE"], id="mase-above-limit"),
        pytest.param(replace(GOOD, mase=1.06), ["MASE", "MASE"], id="mase-worse-than-naive"),
        pytest.param(replace(GOOD, wape=0.43), ["WAPE", "WAPE"], id="wape-gains-too-little"),
        pytest.param(replace(GOOD, wape=0.41), ["WAPE"], id="wape-gains-too-little-on-ets"),
        pytest.param(replace(GOOD, coverage=0.74), ["coverage"], id="intervals-too-narrow"),
        pytest.param(replace(GOOD, coverage=0.86), ["coverage"], id="intervals-too-wide"),
        pytest.param(replace(GOOD, coverage=float("nan")), ["coverage"], id="coverage-unknown"),
        pytest.param(replace(GOOD, bias=9.0), [], id="bias-is-reported-only"),
        pytest.param(replace(GOOD, wape=float("nan")), ["WAPE", "WAPE"], id="wape-unknown"),
        pytest.param(NAIVE, ["MASE", "MASE", "WAPE", "WAPE"], id="no-better-than-naive"),
    ],
)  # fmt: skip
def test_only_a_model_that_beats_its_baselines_with_honest_intervals_passes(
    learned: Scores, reasons: list[str]
) -> None:
    found = score.shortcomings(learned, {"seasonal naive": NAIVE, "ETS": ETS, "drift": GOOD})
    assert [reason.split()[0] for reason in found] == reasons


def test_a_model_that_fails_its_gate_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.training.fit.estimator", lambda *_: SeasonalNaive())
    assert __main__.main(["--quick", "--out", str(tmp_path)]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
    assert "v1: not released: MASE" in capsys.readouterr().err


def test_the_models_folder_says_what_it_holds(models: Path) -> None:
    for version, estimator in (("v0", "SeasonalNaive"), ("v1", "Learned")):
        manifest = json.loads((models / version / "MANIFEST.json").read_text())
        assert (manifest["version"], manifest["estimator"], manifest["seed"]) == (version, estimator, 1)
        for name, sha256 in manifest["files"].items():
            assert hashlib.sha256((models / version / name).read_bytes()).hexdigest() == sha256
        assert manifest["data"]["sha256"] in (models / version / "MODEL_CARD.md").read_text()
        assert set(manifest["scores"]) == {"mase", "wape", "bias", "coverage", "rows"}
        assert set(manifest["baselines"]) == {"seasonal naive", "drift", "ETS"}


def test_the_stored_model_meets_the_goals_on_three_origins_of_twelve_months(models: Path) -> None:
    manifest = json.loads((models / "v1" / "MANIFEST.json").read_text())
    learned, baselines = manifest["scores"], manifest["baselines"]
    assert (score.ORIGINS, score.MONTHS) == (3, 12)
    assert learned["mase"] <= 0.85
    assert learned["wape"] <= 0.85 * baselines["seasonal naive"]["wape"]
    assert learned["wape"] <= 0.95 * baselines["ETS"]["wape"]
    assert 0.75 <= learned["coverage"] <= 0.85
    assert {scores["rows"] for scores in baselines.values()} == {learned["rows"]}


def test_the_card_tells_the_scores_of_the_model_and_of_all_that_it_was_measured_against(models: Path) -> None:
    manifest = json.loads((models / "v1" / "MANIFEST.json").read_text())
    card = (models / "v1" / "MODEL_CARD.md").read_text()
    shown = {"**v1**": manifest["scores"], **manifest["baselines"]}
    for name, scores in shown.items():
        (row,) = [line for line in card.splitlines() if line.startswith(f"| {name} |")]
        told = [float(cell) for cell in row.split("|")[2:4]]
        assert told == pytest.approx([scores["mase"], scores["wape"]], abs=6e-4)
    for part in ("Use", "Data", "Training", "Scores", "Gate", "Limits"):
        assert f"**{part}**" in card
    assert all(f"{name} {version}" in card for name, version in manifest["libraries"].items())


def test_another_run_of_the_command_stores_the_same_digests_and_another_seed_does_not(
    models: Path, tmp_path: Path
) -> None:
    def stored(seed: str, hashes: str) -> list[dict[str, Any]]:
        """Run as `make train` does, in a process of its own whose sets have another order."""
        folder = tmp_path / f"{seed}-{hashes}"
        command = [sys.executable, "-m", "service.training", "--quick", "--seed", seed, "--out", str(folder)]
        ran = subprocess.run(
            command, env=os.environ | {"PYTHONHASHSEED": hashes}, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        for version in ("v0", "v1"):
            for origin in (1, 2, 3):
                assert f"{version}: origin {origin} of 3" in ran.stdout
        return manifests(folder)

    first = manifests(models)
    assert [one["digest"] for one in stored("1", "7")] == [one["digest"] for one in first]
    for one, other in zip(first, stored("2", "7"), strict=True):
        assert one["predictions"] != other["predictions"]
        assert one["data"]["sha256"] != other["data"]["sha256"]


def manifests(folder: Path) -> list[dict[str, Any]]:
    return [json.loads((folder / version / "MANIFEST.json").read_text()) for version in ("v0", "v1")]


def test_the_data_can_be_checked_with_sha256sum(models: Path) -> None:
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=models / "data", check=False
    )
    assert checked.returncode == 0


def test_one_version_can_be_stored_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["--quick", "--only", "v0", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "v0"]
    assert "v1" not in capsys.readouterr().out
