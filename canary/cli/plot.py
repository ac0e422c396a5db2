"""Evidence over time as a picture: odds on a logarithmic scale, the steps behind them, decisions marked.

`draw` takes plain numbers, so that a benchmark may draw what it simulated. It needs matplotlib, which is an
extra of this package and no part of the controller.
"""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any

from canary.cli.frame import frame
from canary.ports import SerinError
from canary.shown.scale import AGAINST, INK, PROOFS, QUIET, caption, line, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from canary.shown.chart import Chart, Curve

FORMS = ("svg", "png")
_SIZE = (10.0, 5.6)  # inches
_PNG_DPI = 150
_FRAME = {"left": 0.135, "right": 0.79, "bottom": 0.2, "top": 0.785}
# What tells the lines apart in print.
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)), (0, (9, 3)))
_MARK_ROWS = 3
_LETTER = 0.0125  # of the width of the frame
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": 9.5,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "serin",
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


class MissingError(SerinError):
    """Pictures need a package that is not there."""


def check() -> None:
    """Raise MissingError, with the remedy, when nothing can be drawn here."""
    if find_spec("matplotlib") is None:
        raise MissingError("matplotlib: import: it is not installed: pip install 'serin[plot]'")


def draw(chart: Chart, form: str) -> bytes:
    """Draw as `svg` or `png`: the same chart is the same bytes wherever the same fonts are."""
    check()
    import matplotlib as mpl  # noqa: PLC0415 - an extra, and slow to start
    from matplotlib.figure import Figure  # noqa: PLC0415

    file = BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=_SIZE)
        axes = figure.add_subplot()
        figure.subplots_adjust(**_FRAME)
        figure.text(0.02, 0.95, chart.title, fontsize=13, fontweight="bold")
        figure.text(0.02, 0.908, chart.subtitle, color=QUIET)
        figure.text(0.02, 0.025, caption(chart), color=QUIET, fontsize=8.5)
        _paint(axes, chart)
        nothing: dict[str, Any] = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(file, format=form, dpi=_PNG_DPI, metadata=nothing)
    return file.getvalue()


def _paint(axes: Axes, chart: Chart) -> None:
    frame(axes, chart)
    curves = list(_curves(chart))
    for curve, look in curves:
        axes.plot(*line(curve), **look, solid_capstyle="round", dash_capstyle="butt")
    _labels(axes, curves)
    _marks(axes, chart)


def _curves(chart: Chart) -> Iterator[tuple[Curve, dict[str, Any]]]:
    for number, curve in enumerate(chart.proofs):
        colour, dashes = PROOFS[number % len(PROOFS)], _DASHES[number % len(_DASHES)]
        yield curve, {"color": colour, "linestyle": dashes, "linewidth": 1.7, "zorder": 3}
    for curve in chart.other:
        yield curve, {"color": QUIET, "linestyle": ":", "linewidth": 1.3, "zorder": 3}
    yield chart.against, {"color": AGAINST, "linestyle": "-", "linewidth": 2.6, "zorder": 4}


def _labels(axes: Axes, curves: Sequence[tuple[Curve, dict[str, Any]]]) -> None:
    """Name each line at its end, beside the frame, spread so that no name covers another."""
    low, high = axes.get_ylim()
    ends = []
    for curve, look in curves:
        seen = [(time, power) for time, power in zip(*line(curve), strict=True) if isfinite(power)]
        if seen:
            ends.append((min(high, max(low, seen[-1][1])), seen[-1][0], curve.label, look))
    ends.sort(key=lambda each: each[0])
    places = spread([each[0] for each in ends], 0.055 * (high - low), low, high)
    right = axes.get_xlim()[1]
    for place, (power, time, label, look) in zip(places, ends, strict=True):
        axes.annotate(
            label,
            xy=(time, power),
            xytext=(1.03 * right, place),
            color=look["color"],
            va="center",
            fontsize=9,
            fontweight="bold" if look["color"] == AGAINST else "normal",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": look["color"], "linewidth": 0.6, "relpos": (0, 0.5)},
        )


def _marks(axes: Axes, chart: Chart) -> None:
    """Decisions above the frame, in as many rows as keep them apart."""
    whole = max(chart.seconds, 1.0)
    ends = [0.0] * _MARK_ROWS
    for mark in chart.marks:
        words, colour = f"{'▼' if mark.back else '▲'} {mark.words}", AGAINST if mark.back else INK
        free = [row for row, end in enumerate(ends) if end <= mark.seconds]
        row = free[0] if free else ends.index(min(ends))
        ends[row] = mark.seconds + (len(words) + 1) * _LETTER * whole
        axes.axvline(mark.seconds, color=colour, linewidth=0.9, alpha=0.7, zorder=2.2)
        axes.annotate(
            words,
            xy=(mark.seconds, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4 + 13 * row),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            annotation_clip=False,
        )
