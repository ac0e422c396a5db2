"""Fit both models on the same history and score them on the same months."""

from collections.abc import Callable
from dataclasses import dataclass

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from service.history import History
from service.model import Forecaster, Learned, SeasonalNaive
from service.training import score
from service.training.baselines import Drift, Ets
from service.training.score import Scores

VERSIONS = ("v0", "v1")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A forecaster fitted on the whole history and the scores of its earlier selves."""

    version: str
    forecaster: Forecaster
    scores: Scores


def estimator(version: str, seed: int) -> Forecaster:
    """Return the unfitted estimator behind a version: v0 seasonal naive, v1 learned."""
    return SeasonalNaive() if version == "v0" else Learned(seed=seed)


def baselines(history: History, seed: int, tell: Callable[[str], None] = score.silent) -> dict[str, Scores]:
    """Score what a learned model is measured against, on the months that it is scored on."""
    measured: dict[str, score.Predictor] = {score.NAIVE: SeasonalNaive(), "drift": Drift(), score.ETS: Ets()}
    found = {}
    for name, predictor in measured.items():
        found[name] = score.scores(score.backtest(predictor, history, _of(name, tell)), seed)
    return found


def fit(version: str, history: History, seed: int, tell: Callable[[str], None] = score.silent) -> Fitted:
    """Score the version by rolling origin, then fit it on everything with the interval found."""
    forecaster = estimator(version, seed)
    # One thread: sums come in one order whatever the machine, and busy cores cost no spinning.
    with threadpool_limits(limits=1):
        seen = score.backtest(forecaster, history, _of(version, tell))
        tell(f"{version}: fitting on all of the history")
        forecaster.band = score.calibrate(seen, seed)
        return Fitted(version, forecaster.fit(history), score.scores(seen, seed))


def _of(name: str, tell: Callable[[str], None]) -> Callable[[str], None]:
    return lambda text: tell(f"{name}: {text}")
