"""The frame of a picture: odds upwards, time to the right, the share of users behind, what wins across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.shown.scale import (
    GRID,
    QUIET,
    SHARE,
    boundaries,
    heights,
    odds,
    powers,
    shares,
    since,
    ticks,
    time_of_day,
    unit,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from canary.shown.chart import Chart

_NARROW = 0.045  # of the width: no room for a label


def frame(axes: Axes, chart: Chart) -> None:
    """Draw everything but the bets themselves."""
    low, high = heights(chart)
    axes.set_xlim(0.0, max(chart.seconds, 1.0))
    axes.set_ylim(low, high)
    axes.spines[["top", "right"]].set_visible(False)
    _odds(axes, low, high)
    _times(axes, chart)
    _shares(axes, chart, low, high)
    _boundaries(axes, chart)


def _odds(axes: Axes, low: float, high: float) -> None:
    shown = powers(low, high)
    axes.set_yticks(shown, [odds(power) for power in shown])
    axes.set_ylabel("odds of the bet")
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.7, zorder=0)
    axes.set_axisbelow(True)


def _times(axes: Axes, chart: Chart) -> None:
    """Minutes since the release began; below, the time of day."""
    shown = ticks(chart.seconds)
    axes.set_xticks(shown, [_time(chart, tick) for tick in shown])
    day = "" if chart.began is None else "; below, the time of day (UTC)"
    axes.set_xlabel(f"{unit(chart.seconds)} since the release began{day}")


def _time(chart: Chart, tick: float) -> str:
    day = "" if chart.began is None else f"\n{time_of_day(chart.began, tick)}"
    return f"{since(chart, tick)}{day}"


def _shares(axes: Axes, chart: Chart, low: float, high: float) -> None:
    """The share of users as steps that fill the frame at 100 %."""
    for begin, end, share in shares(chart):
        top = low + (high - low) * share / 100
        axes.fill_between([begin, end], low, top, color=SHARE, linewidth=0, zorder=0.5)
        if end - begin > _NARROW * chart.seconds:
            place = (begin + 0.006 * chart.seconds, low + 0.02 * (high - low))
            axes.text(*place, f"{share} %", color=QUIET, fontsize=9, zorder=2)


def _boundaries(axes: Axes, chart: Chart) -> None:
    for power, (colour, words) in boundaries(chart).items():
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
