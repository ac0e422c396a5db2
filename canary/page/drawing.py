"""Evidence over time as shapes with coordinates; a template writes them as SVG.

The same chart, scale and words as `canary why --plot`, in a picture that needs no plotting library.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from canary.shown import scale
from canary.shown.scale import AGAINST, INK, PROOFS, QUIET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.shown.chart import Chart, Curve

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 86, 772, 52, 366
_MOST_POINTS = 600
_LABEL_GAP = 17.0
_NARROW = 34.0
_MARK_ROWS = 3
_MARK_HEIGHT = 15
_LETTER = 6.6
# What tells the lines apart without colours.
_DASHES = ("", "8 3", "3 2", "8 3 2 3", "1 2", "12 4")


class Place(NamedTuple):
    """Words at a point; `to` is where a thin line leads from there."""

    x: float
    y: float
    words: str
    below: str = ""
    to: tuple[float, float] | None = None


class Line(NamedTuple):
    """A drawn line: each of its parts as SVG's list of points."""

    parts: tuple[str, ...]
    colour: str
    dashes: str
    width: float


class Bar(NamedTuple):
    """The share of users in one stretch of time."""

    x: float
    y: float
    width: float
    height: float
    words: str


class Rule(NamedTuple):
    """A line across, where a bet is won; or down, where something was decided."""

    at: float
    words: str
    colour: str
    words_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything with its place, in units of the picture; `title`, `text` and `caption` say what it shows."""

    title: str
    text: str
    caption: str
    axis: str
    bars: tuple[Bar, ...]
    grid: tuple[Place, ...]
    ticks: tuple[Place, ...]
    boundaries: tuple[Rule, ...]
    marks: tuple[Rule, ...]
    lines: tuple[Line, ...]
    names: tuple[Place, ...]


class _Paper:
    """Where seconds and powers of ten are on the picture."""

    def __init__(self, chart: Chart) -> None:
        self._seconds = max(chart.seconds, 1.0)
        self.low, self.high = scale.heights(chart)

    def x(self, seconds: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * seconds / self._seconds, 1)

    def y(self, power: float) -> float:
        share = (power - self.low) / (self.high - self.low)
        return round(BOTTOM - (BOTTOM - TOP) * min(1.0, max(0.0, share)), 1)


def drawing(chart: Chart) -> Drawing:
    """Lay a chart out."""
    paper = _Paper(chart)
    curves = [(curve, line) for curve, line in _lines(chart, paper) if line.parts]
    day = "" if chart.began is None else "; below, the time of day (UTC)"
    return Drawing(
        title=chart.title,
        text=chart.subtitle,
        caption=" ".join(scale.caption(chart).split()),
        axis=f"{scale.unit(chart.seconds)} since the release began{day}",
        bars=tuple(_bars(chart, paper)),
        grid=tuple(
            Place(LEFT, paper.y(power), scale.odds(power)) for power in scale.powers(paper.low, paper.high)
        ),
        ticks=tuple(_ticks(chart, paper)),
        boundaries=tuple(
            Rule(paper.y(power), words, colour, paper.y(power) - 5)
            for power, (colour, words) in scale.boundaries(chart).items()
        ),
        marks=tuple(_marks(chart, paper)),
        lines=tuple(line for _, line in curves),
        names=tuple(_names([curve for curve, _ in curves], paper)),
    )


def _bars(chart: Chart, paper: _Paper) -> Iterator[Bar]:
    for begin, end, share in scale.shares(chart):
        left, width = paper.x(begin), round(paper.x(end) - paper.x(begin), 1)
        height = round((BOTTOM - TOP) * share / 100, 1)
        words = f"{share} %" if width > _NARROW else ""
        yield Bar(left, round(BOTTOM - height, 1), width, height, words)


def _ticks(chart: Chart, paper: _Paper) -> Iterator[Place]:
    for tick in scale.ticks(chart.seconds):
        day = "" if chart.began is None else scale.time_of_day(chart.began, tick)
        yield Place(paper.x(tick), BOTTOM, scale.since(chart, tick), day)


def _lines(chart: Chart, paper: _Paper) -> Iterator[tuple[Curve, Line]]:
    for number, curve in enumerate(chart.proofs):
        colour, dashes = PROOFS[number % len(PROOFS)], _DASHES[number % len(_DASHES)]
        yield curve, Line(_parts(curve, paper), colour, dashes, 1.8)
    for curve in chart.other:
        yield curve, Line(_parts(curve, paper), QUIET, "1 3", 1.4)
    yield chart.against, Line(_parts(chart.against, paper), AGAINST, "", 3.0)


def _parts(curve: Curve, paper: _Paper) -> tuple[str, ...]:
    """Write a curve, as many lines as it has gaps; of very many points only some are drawn."""
    points = list(zip(*scale.line(curve), strict=True))
    every = len(points) // _MOST_POINTS + 1
    parts: list[list[str]] = [[]]
    for number, (time, power) in enumerate(points):
        if not isfinite(power):
            parts.append([])
        elif number % every == 0 or number == len(points) - 1:
            parts[-1].append(f"{paper.x(time)},{paper.y(power)}")
    return tuple(" ".join(part) for part in parts if part)


def _names(curves: list[Curve], paper: _Paper) -> Iterator[Place]:
    """Name each line at its end, beside the frame, spread so that no name covers another."""
    ends = []
    for curve in curves:
        time, power = [point for point in zip(*scale.line(curve), strict=True) if isfinite(point[1])][-1]
        ends.append((paper.y(power), paper.x(time), curve.label))
    ends.sort()
    places = scale.spread([y for y, _, _ in ends], _LABEL_GAP, TOP, BOTTOM)
    for place, (y, x, label) in zip(places, ends, strict=True):
        yield Place(RIGHT + 14, round(place, 1), label, to=(x, y))


def _marks(chart: Chart, paper: _Paper) -> Iterator[Rule]:
    """Decisions above the frame, in as many rows as keep them apart."""
    ends = [0.0] * _MARK_ROWS
    for mark in chart.marks:
        x = paper.x(mark.seconds)
        free = [row for row, end in enumerate(ends) if end <= x]
        row = free[0] if free else ends.index(min(ends))
        words = f"{'▼' if mark.back else '▲'} {mark.words}"
        ends[row] = x + _LETTER * (len(words) + 1)
        yield Rule(x, words, AGAINST if mark.back else INK, TOP - 6 - _MARK_HEIGHT * row)
