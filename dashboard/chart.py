"""The picture of one medicine: what was sold, what is expected, and how sure that is.

Pure geometry in the units of an SVG's viewBox; `templates/chart.html` only writes it down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard import months
from dashboard.agreement import Expected, Sold

_TOP, _BOTTOM, _LEFT, _RIGHT = 26.0, 30.0, 34.0, 12.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is, and how many months of the past it has room for."""

    name: str
    width: int
    height: int
    past: int
    label_every: int


WIDE = Size("wide", 760, 280, 36, 6)
NARROW = Size("narrow", 340, 240, 14, 6)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One month's dot, and what it says when it is pointed at."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn; paths are the `d` of an SVG path, empty where there is nothing."""

    size: Size
    plot: tuple[float, float, float, float]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    past: str
    ahead: str
    band: str
    stockouts: tuple[Mark, ...]
    chosen: Mark
    whisker: tuple[float, float]
    begin: float


class _Scale:
    """Where months and units lie in the picture."""

    def __init__(self, size: Size, span: Sequence[str], most: int) -> None:
        self.first, self.steps = months.ordinal(span[0]), max(len(span) - 1, 1)
        self.most = most
        self.left, self.right = _LEFT, size.width - _RIGHT
        self.top, self.bottom = _TOP, size.height - _BOTTOM

    def x(self, month: str) -> float:
        step = (months.ordinal(month) - self.first) / self.steps
        return round(self.left + step * (self.right - self.left), 1)

    def y(self, units: int) -> float:
        return round(self.bottom - units / self.most * (self.bottom - self.top), 1)


def draw(past: Sold | None, ahead: dict[str, Expected], chosen: str, size: Size) -> Chart:
    """Draw the forecast `ahead` (by month, in order, `chosen` among them) after as much past as has room."""
    sold = dict(list(past.units.items())[-size.past :]) if past else {}
    span = [*sold, *ahead]
    highest = max([count or 0 for count in sold.values()] + [one.high for one in ahead.values()])
    counts = _round_counts(highest)
    scale = _Scale(size, span, counts[-1])
    mark = ahead[chosen]
    return Chart(
        size=size,
        plot=(scale.left, scale.top, scale.right, scale.bottom),
        rows=tuple(Tick(scale.y(count), str(count)) for count in counts),
        columns=tuple(_years(scale, span, size.label_every)),
        past=_line(scale, sold),
        ahead=_line(scale, {month: one.units for month, one in ahead.items()}),
        band=_band(scale, ahead),
        stockouts=tuple(_stockouts(scale, sold, past)),
        chosen=Mark(scale.x(chosen), scale.y(mark.units), f"{months.spoken(chosen)}: {mark.units}"),
        whisker=(scale.y(mark.low), scale.y(mark.high)),
        begin=scale.x(next(iter(ahead))),
    )


def _round_counts(highest: int) -> list[int]:
    """Return whole counts from 0 to at least `highest`, in at most five equal steps of 1, 2 or 5 tens."""
    steps = (lead * 10**power for power in range(12) for lead in (1, 2, 5))
    step = next(step for step in steps if step * 5 >= highest)
    return list(range(0, max(highest, 1) + step, step))


def _years(scale: _Scale, span: Sequence[str], every: int) -> Iterable[Tick]:
    """Label the Januaries, and months in between where there is room."""
    for month in span:
        if months.ordinal(month) % 12 % every == 0:
            yield Tick(scale.x(month), months.brief(month))


def _line(scale: _Scale, units: dict[str, int | None] | dict[str, int]) -> str:
    """Join neighbours; an unknown month leaves a gap, and one between two gaps a dot."""
    parts, pen = [], "M"
    for month, count in units.items():
        if count is None:
            pen = "M"
            continue
        point = f"{scale.x(month):g} {scale.y(count):g}"
        parts.append(f"M{point}L{point}" if pen == "M" else f"L{point}")
        pen = "L"
    return "".join(parts)


def _band(scale: _Scale, ahead: dict[str, Expected]) -> str:
    upper = [f"{scale.x(month):g} {scale.y(one.high):g}" for month, one in ahead.items()]
    lower = [f"{scale.x(month):g} {scale.y(one.low):g}" for month, one in ahead.items()]
    return f"M{'L'.join(upper + lower[::-1])}Z"


def _stockouts(scale: _Scale, sold: dict[str, int | None], past: Sold | None) -> Iterable[Mark]:
    for month, count in sold.items():
        if past and count is not None and month in past.stockouts:
            yield Mark(scale.x(month), scale.y(count), f"{months.spoken(month)}: {count}, then out of stock")
