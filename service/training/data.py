"""A made-up past of the chain, the same bytes for the same seed.

Demand is negative binomial around base x trend x season x promotion x working days x one shock.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from service import months
from service.history import Flags, Floats, History
from service.history import Rows as Months
from service.training.catalogue import BRANCHES, MEDICINES

LAST_MONTH = months.ordinal(2025, 11)
HORIZON = 13
SHOCK = (months.ordinal(2020, 3), months.ordinal(2020, 5))
DISPERSION = 10.0
TYPICAL_UNITS = 5.0
_PEAK = {"winter": 0, "spring": 3, "flat": 0}


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a chain is made up."""

    branches: int = len(BRANCHES)
    medicines: int = len(MEDICINES)
    months: int = 96


FULL = Scale()
QUICK = Scale(branches=20, medicines=12, months=84)
"""Few enough for a look in seconds, and enough to learn from that the gate can be passed."""


def generate(seed: int, scale: Scale = FULL) -> History:
    """Make up `scale.months` months that end in November 2025, with a promotion plan of 13 more."""
    rng = np.random.Generator(np.random.PCG64(seed))
    calendar = np.arange(LAST_MONTH - scale.months + 1, LAST_MONTH + HORIZON + 1)
    promotions = rng.random((scale.medicines, calendar.size)) < 0.06
    past = calendar[: scale.months]
    expected = _expected(rng, scale, past, promotions[:, : scale.months])
    demand = rng.negative_binomial(DISPERSION, DISPERSION / (DISPERSION + expected)).astype(np.float64)
    censored = rng.random(demand.shape) < 0.03
    units = np.where(censored, np.floor(demand * rng.random(demand.shape)), demand)
    unrecorded = rng.random(demand.shape) < 0.02
    _close_before_opening(unrecorded, scale)
    return History(
        branches=BRANCHES[: scale.branches],
        medicines=tuple(name for name, _ in MEDICINES[: scale.medicines]),
        first_month=int(past[0]),
        units=np.where(unrecorded, np.nan, units),
        censored=censored & ~unrecorded,
        promotions=promotions,
    )


def _expected(rng: np.random.Generator, scale: Scale, past: Months, promotions: Flags) -> Floats:
    pairs = (scale.branches, scale.medicines)
    size = rng.lognormal(0.0, 0.45, (scale.branches, 1))
    popularity = rng.lognormal(0.0, 0.7, (1, scale.medicines))
    base = TYPICAL_UNITS * size * popularity * rng.lognormal(0.0, 0.3, pairs)
    years = (past - past[0]) / 12
    growth = rng.normal(0.02, 0.03, (scale.branches, 1)) + rng.normal(0.01, 0.03, (1, scale.medicines))
    drift = np.cumsum(rng.normal(0.0, 0.02, (*pairs, past.size)), axis=2)
    uplift = rng.uniform(1.3, 1.8, (scale.medicines, 1))
    chain = _season(rng, scale, past) * np.where(promotions, uplift, 1.0) * _calendar_effect(past)
    return np.asarray(base[:, :, None] * np.exp(growth[:, :, None] * years + drift) * chain[None])


def _season(rng: np.random.Generator, scale: Scale, past: Months) -> Floats:
    """Return (medicine, month) factors around 1 that peak when the medicine's season does."""
    kinds = [season for _, season in MEDICINES[: scale.medicines]]
    strength = np.array([0.05 if kind == "flat" else 0.45 for kind in kinds])
    strength = strength * rng.uniform(0.7, 1.3, scale.medicines)
    peak = np.array([_PEAK[kind] for kind in kinds])
    angle = 2 * np.pi * ((past % 12)[None, :] - peak[:, None]) / 12
    return np.asarray(np.exp(strength[:, None] * np.cos(angle)))


def _calendar_effect(past: Months) -> Floats:
    """Return (month) factors: more working days sell more, the shock sold less."""
    days = np.array([months.working_days(int(month)) for month in past]) / 21.7
    shocked = (past >= SHOCK[0]) & (past <= SHOCK[1])
    return np.asarray(days**0.8 * np.where(shocked, 0.6, 1.0))


def _close_before_opening(unrecorded: Flags, scale: Scale) -> None:
    """Leave nothing recorded before the last two branches opened, 9 and 5 months before the end."""
    if scale.branches == len(BRANCHES):
        unrecorded[-2, :, :-9] = True
        unrecorded[-1, :, :-5] = True


def as_csv(history: History) -> dict[str, bytes]:
    """Write the history and the promotion plan as two CSV files; unrecorded units are empty."""
    names = [months.name(history.first_month + step) for step in range(history.promotions.shape[1])]
    sold = ["branch,medicine,month,units,censored"]
    for branch, branch_name in enumerate(history.branches):
        for medicine, medicine_name in enumerate(history.medicines):
            series = zip(history.units[branch, medicine], history.censored[branch, medicine], strict=True)
            sold += [
                f"{branch_name},{medicine_name},{month},{'' if np.isnan(units) else int(units)},{int(out)}"
                for month, (units, out) in zip(names, series, strict=False)
            ]
    plan = ["medicine,month,promotion"]
    for medicine_name, flags in zip(history.medicines, history.promotions, strict=True):
        plan += [f"{medicine_name},{month},{int(on)}" for month, on in zip(names, flags, strict=True)]
    return {
        "history.csv": ("\n".join(sold) + "\n").encode(),
        "promotions.csv": ("\n".join(plan) + "\n").encode(),
    }


def digest(files: dict[str, bytes]) -> str:
    """Return the hex sha256 over the files' own sums, as `sha256sum` would list them."""
    return hashlib.sha256(checksums(files).encode()).hexdigest()


def checksums(files: dict[str, bytes]) -> str:
    """Return the lines that `sha256sum --check` reads."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
