"""Where things stand in a picture of the evidence: powers of ten upwards, seconds to the right."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, exp, floor, isfinite, isnan, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.shown.chart import Chart, Curve

# Okabe & Ito: told apart with any colour vision.
AGAINST = "#D55E00"
PROOFS = ("#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
QUIET, INK = "#5A6570", "#1B1F23"
SHARE, GRID = "#DDE6EF", "#E3E6E9"
_LOWEST, _HIGHEST = -6, 6  # powers of ten; beyond, a line leaves the frame
_LEAST_HEIGHT = (-2, 3)
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_MOST_TICKS = 8
_LONG = 7200.0


def line(curve: Curve) -> tuple[list[float], list[float]]:
    """Seconds, and powers of ten: kept near the frame, as nothing is drawn far outside."""
    return [time for time, _ in curve.points], [_power(logged) for _, logged in curve.points]


def _power(logged: float) -> float:
    return logged if isnan(logged) else min(_HIGHEST + 1.0, max(_LOWEST - 1.0, logged / log(10)))


def odds(power: float) -> str:
    """Write a power of ten as betting odds: 100 : 1, or 1 : 100."""
    whole = f"{10 ** abs(round(power)):,}"
    return f"{whole} : 1" if power >= 0 else f"1 : {whole}"


def boundary(logged: float) -> str:
    """Write the odds at which a bet is won."""
    return f"{round(exp(logged)):,} : 1"


def heights(chart: Chart) -> tuple[float, float]:
    """The lowest and the highest power of ten that are shown."""
    powers = [chart.lost / log(10), chart.won / log(10)]
    for curve in (chart.against, *chart.proofs, *chart.other):
        powers += [power for power in line(curve)[1] if isfinite(power)]
    low = max(_LOWEST, min(_LEAST_HEIGHT[0], floor(min(powers))))
    return low - 0.3, min(_HIGHEST, max(_LEAST_HEIGHT[1], ceil(max(powers)))) + 0.3


def powers(low: float, high: float) -> list[int]:
    """The powers of ten that get a label: each, or every other one where they are many."""
    return [power for power in range(ceil(low), floor(high) + 1) if high - low < 7 or power % 2 == 0]


def ticks(seconds: float) -> list[float]:
    """The seconds that get a label."""
    step = next((each for each in _TICKS if seconds / each <= _MOST_TICKS), _TICKS[-1])
    return [float(tick) for tick in range(0, floor(seconds) + 1, step)]


def since(chart: Chart, tick: float) -> str:
    """Write a time since the release began, in the `unit` of the chart."""
    minutes, seconds = divmod(round(tick), 60)
    return f"{minutes // 60}:{minutes % 60:02d}" if chart.seconds >= _LONG else f"{minutes}:{seconds:02d}"


def unit(seconds: float) -> str:
    """Name what `since` writes."""
    return "hours:minutes" if seconds >= _LONG else "minutes:seconds"


def time_of_day(began: float, tick: float) -> str:
    """Write the time of day in UTC."""
    return f"{datetime.fromtimestamp(began + tick, UTC):%H:%M:%S}"


def shares(chart: Chart) -> Iterator[tuple[float, float, int]]:
    """From when to when, in seconds, so many percent of the users are on the new revision."""
    for (begin, share), (end, _) in pairwise([*chart.shares, (chart.seconds, 0)]):
        if share and end > begin:
            yield begin, end, share


def boundaries(chart: Chart) -> dict[float, tuple[str, str]]:
    """The powers of ten at which a bet is won: a colour, and what happens there."""
    lines = {chart.won: (PROOFS[0], "is proved"), chart.lost: (AGAINST, "goes back")}
    if chart.won == chart.lost:
        lines = {chart.won: (INK, "goes back, or is proved")}
    return {logged / log(10): words for logged, words in lines.items()}


def caption(chart: Chart) -> str:
    """Say how the picture is read."""
    return (
        f"The thick line bets that the canary is bad: at {boundary(chart.lost)} it goes back. "
        "Each thin line bets that the coming step is safe by one rule:\n"
        f"once all are above {boundary(chart.won)}, it is proved. "
        "Every bet began at 1 : 1. Shaded: the share of users on the new revision."
    )


def spread(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Move places apart, rising, by no more than need be."""
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + gap) if places else max(low, place))
    limit = high
    for index in reversed(range(len(places))):
        places[index] = min(places[index], limit)
        limit = places[index] - gap
    return places
