"""The frame of a picture: odds upwards, time to the right, the share of users behind, what wins across."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, exp, floor, isfinite, isnan, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from canary.cli.chart import Chart, Curve

# Okabe & Ito: told apart with any colour vision.
AGAINST = "#D55E00"
PROOFS = ("#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
QUIET, INK = "#5A6570", "#1B1F23"
_SHARE, _GRID = "#DDE6EF", "#E3E6E9"
_LOWEST, _HIGHEST = -6, 6  # powers of ten; beyond, a line leaves the frame
_LEAST_HEIGHT = (-2, 3)
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_MOST_TICKS = 8
_LONG = 7200.0
_NARROW = 0.045  # of the width: no room for a label


def frame(axes: Axes, chart: Chart) -> None:
    """Draw everything but the bets themselves."""
    low, high = _heights(chart)
    axes.set_xlim(0.0, max(chart.seconds, 1.0))
    axes.set_ylim(low, high)
    axes.spines[["top", "right"]].set_visible(False)
    _odds(axes, low, high)
    _times(axes, chart)
    _shares(axes, chart, low, high)
    _boundaries(axes, chart)


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


def _heights(chart: Chart) -> tuple[float, float]:
    powers = [chart.lost / log(10), chart.won / log(10)]
    for curve in (chart.against, *chart.proofs, *chart.other):
        powers += [power for power in line(curve)[1] if isfinite(power)]
    low = max(_LOWEST, min(_LEAST_HEIGHT[0], floor(min(powers))))
    return low - 0.3, min(_HIGHEST, max(_LEAST_HEIGHT[1], ceil(max(powers)))) + 0.3


def _odds(axes: Axes, low: float, high: float) -> None:
    powers = [power for power in range(ceil(low), floor(high) + 1) if high - low < 7 or power % 2 == 0]
    axes.set_yticks(powers, [odds(power) for power in powers])
    axes.set_ylabel("odds of the bet")
    axes.grid(visible=True, axis="y", color=_GRID, linewidth=0.7, zorder=0)
    axes.set_axisbelow(True)


def _times(axes: Axes, chart: Chart) -> None:
    """Minutes since the release began; below, the time of day."""
    step = next((each for each in _TICKS if chart.seconds / each <= _MOST_TICKS), _TICKS[-1])
    ticks = [float(tick) for tick in range(0, floor(chart.seconds) + 1, step)]
    axes.set_xticks(ticks, [_time(chart, tick) for tick in ticks])
    day = "" if chart.began is None else "; below, the time of day (UTC)"
    axes.set_xlabel(f"{_unit(chart.seconds)} since the release began{day}")


def _time(chart: Chart, tick: float) -> str:
    minutes, seconds = divmod(round(tick), 60)
    since = f"{minutes // 60}:{minutes % 60:02d}" if chart.seconds >= _LONG else f"{minutes}:{seconds:02d}"
    if chart.began is None:
        return since
    return f"{since}\n{datetime.fromtimestamp(chart.began + tick, UTC):%H:%M:%S}"


def _unit(seconds: float) -> str:
    return "hours:minutes" if seconds >= _LONG else "minutes:seconds"


def _shares(axes: Axes, chart: Chart, low: float, high: float) -> None:
    """The share of users as steps that fill the frame at 100 %."""
    for (begin, share), (end, _) in pairwise([*chart.shares, (chart.seconds, 0)]):
        if not share or end <= begin:
            continue
        top = low + (high - low) * share / 100
        axes.fill_between([begin, end], low, top, color=_SHARE, linewidth=0, zorder=0.5)
        if end - begin > _NARROW * chart.seconds:
            place = (begin + 0.006 * chart.seconds, low + 0.02 * (high - low))
            axes.text(*place, f"{share} %", color=QUIET, fontsize=9, zorder=2)


def _boundaries(axes: Axes, chart: Chart) -> None:
    lines = {chart.won: (PROOFS[0], "is proved"), chart.lost: (AGAINST, "goes back")}
    if chart.won == chart.lost:
        lines = {chart.won: (INK, "goes back, or is proved")}
    for logged, (colour, words) in lines.items():
        power = logged / log(10)
        axes.axhline(power, color=colour, linestyle=(0, (4, 3)), linewidth=1.1, zorder=2.5)
        axes.annotate(
            words,
            (0.0, power),
            xytext=(4, 4),
            textcoords="offset points",
            color=colour,
            fontsize=8.5,
            zorder=5,
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.8},
        )
