"""The model card: what a model is for, what it was made of, how good it is, and where it ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from service import features, months
from service.artefact import libraries
from service.history import History
from service.model import Learned
from service.training.fit import Fitted
from service.training.score import (
    COVERAGE,
    COVERED,
    MASE_LIMIT,
    MONTHS,
    ORIGINS,
    WAPE_GAINS,
    Scores,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from: the seed, the data, their digest, and how the card tells of them."""

    seed: int
    history: History
    data_digest: str
    source: str


def card(fitted: Fitted, baselines: Mapping[str, Scores], origin: Origin) -> str:
    """Write the card of a fitted model beside what it was measured against, in Markdown."""
    history, forecaster = origin.history, fitted.forecaster
    return f"""# Model {fitted.version}: {type(forecaster).__name__}

{(type(forecaster).__doc__ or "").strip()}

**Use**: units of a medicine that a branch will be asked for in a month, to plan stock. A person orders; the
forecast and its interval are one thing that they look at. Not a medical device, and nothing to ration by.

**Data**: {origin.source}, sha256 {origin.data_digest},
{months.name(history.first_month)} to {months.name(history.last_month)}, {len(history.branches)} branches,
{len(history.medicines)} medicines. Stock-outs and unrecorded months are left out. No data of persons.

**Training**: seed {origin.seed}, {_libraries()}.
Features: {", ".join(features.COLUMNS) if isinstance(forecaster, Learned) else "none"}.

**Scores** (rolling origin, {ORIGINS} origins, {MONTHS} months each, whole units as served):

| forecast | MASE | WAPE | bias, units | {COVERAGE:.0%} interval covers | months judged |
|---|---|---|---|---|---|
{_rows(fitted, baselines)}

**Gate**: {_gate(fitted)}

**Limits**: branches younger than a year are forecast from few months; promotions must be planned
{history.horizon} months ahead; nothing is known of shocks to come, or of months after {_last(history)}.
The intervals are those of the whole chain by size of the forecast: of one series they may cover more or less.
"""


def _libraries() -> str:
    return ", ".join(f"{name} {version}" for name, version in libraries().items())


def _rows(fitted: Fitted, baselines: Mapping[str, Scores]) -> str:
    shown = {f"**{fitted.version}**": fitted.scores, **baselines}
    return "\n".join(
        f"| {name} | {scores.mase:.3f} | {scores.wape:.3f} | {scores.bias:+.2f} | {scores.coverage:.1%} "
        f"| {scores.rows} |"
        for name, scores in shown.items()
    )


def _gate(fitted: Fitted) -> str:
    if not isinstance(fitted.forecaster, Learned):
        return "none: it is what a learned model has to beat."
    gains = ", ".join(f"{gain:.0%} better than {name}" for name, gain in WAPE_GAINS.items())
    low, high = COVERED
    return f"passed: MASE at most {MASE_LIMIT}, WAPE {gains}, interval covers {low:.0%} to {high:.0%}."


def _last(history: History) -> str:
    return months.name(history.last_month + history.horizon)
