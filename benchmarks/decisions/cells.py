"""Everything that is played: scenarios, and at which loads."""

from __future__ import annotations

from fnmatch import fnmatchcase

from benchmarks.decisions.forecasts import Model
from benchmarks.decisions.world import INCIDENT, Cell, Scenario

RATES = (1.0, 10.0, 100.0, 1000.0)  # requests/s
BASES = (0.0001, 0.001, 0.01)  # share of bad answers of a good version
_USUAL = (0.001,)
_NOISY = (0.01,)  # noise multiplies the share: it shows only where there are errors

_OUTAGES = tuple(
    Scenario(
        f"prometheus-down-{minutes}m",
        good=True,
        words=f"the metrics store is away for {minutes} min, from 60 s on",
        blind=60.0 * minutes,
    )
    for minutes in (3, 5, 10)
)

_GRID: tuple[tuple[Scenario, tuple[float, ...], tuple[float, ...]], ...] = (
    (Scenario("identical", good=True, words="both versions are the same"), RATES, BASES),
    (
        Scenario(
            "incident",
            good=True,
            words=f"both versions fail 3 points more for {INCIDENT / 60:.0f} min, from 60 s on",
            shared=0.03,
        ),
        RATES,
        (0.001, 0.01),
    ),
    *((outage, RATES, _USUAL) for outage in _OUTAGES),
    (
        Scenario("prometheus-gone", good=True, words="the metrics store never comes back", blind=1e9),
        (100.0,),
        _USUAL,
    ),
    (
        Scenario(
            "restarts", good=True, words="a canary pod and three stable pods lose a scrape", restarts=True
        ),
        RATES,
        _USUAL,
    ),
    (Scenario("no-traffic", good=True, words="nobody asks", load=0.0), (100.0,), _USUAL),
    (
        Scenario("daily-swing", good=True, words="load and error share swing by 3 within an hour", swing=3.0),
        RATES,
        _USUAL,
    ),
    (
        Scenario("noise-0.3", good=True, words="error shares vary from tick to tick, CV 0.3", noise=0.3),
        RATES,
        _NOISY,
    ),
    (
        Scenario("noise-1", good=True, words="error shares vary from tick to tick, CV 1", noise=1.0),
        RATES,
        _NOISY,
    ),
    (Scenario("errors+0.5", good=False, words="0.5 points more bad answers", added=0.005), RATES, BASES),
    (Scenario("errors+5", good=False, words="5 points more bad answers", added=0.05), RATES, BASES),
    (Scenario("errors+100", good=False, words="every answer is bad", added=1.0), RATES, _USUAL),
    (Scenario("latency-x2", good=False, words="answers take twice as long", slowdown=2.0), RATES, _USUAL),
    (
        Scenario("latency-x1.2", good=False, words="answers take 1.2 times as long", slowdown=1.2),
        RATES,
        _USUAL,
    ),
    (
        Scenario("leak", good=False, words="bad answers grow by 5 points in 20 min", added=0.05, ramp=1200.0),
        RATES,
        _USUAL,
    ),
    (
        Scenario(
            "onset", good=False, words="5 points more bad answers from 150 s on", added=0.05, onset=150.0
        ),
        RATES,
        _USUAL,
    ),
    (
        Scenario(
            "incident-errors+5",
            good=False,
            words="both versions fail 3 points more from 60 s on, the canary 5 more from 120 s on",
            shared=0.03,
            added=0.05,
            onset=120.0,
        ),
        RATES,
        _USUAL,
    ),
    (
        Scenario(
            "crash-loop",
            good=False,
            words="the canary crashes and leaves no counters",
            added=1.0,
            crashes=True,
        ),
        RATES,
        _USUAL,
    ),
    (Scenario("drift", good=False, words="all forecasts twice as high", model=Model(2.0)), RATES, _USUAL),
    (
        Scenario("constant", good=False, words="one forecast for everything", model=Model(constant=True)),
        RATES,
        _USUAL,
    ),
)

CELLS = tuple(
    Cell(scenario, rate, base) for scenario, rates, bases in _GRID for rate in rates for base in bases
)


def matching(pattern: str) -> tuple[Cell, ...]:
    """The cells whose name fits a shell pattern; ValueError when none does."""
    found = tuple(cell for cell in CELLS if fnmatchcase(cell.name, pattern))
    if not found:
        raise ValueError(
            f"is {pattern}: fits no cell; names look like {CELLS[0].name}, * stands for anything"
        )
    return found
