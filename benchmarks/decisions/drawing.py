"""One picture of a scenario: our evidence over time in a typical repetition, and where it decides."""

from __future__ import annotations

from collections import Counter
from math import e, log10
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from benchmarks.decisions.ours import CERTAIN, Capital, Serin, Watched
from benchmarks.decisions.play import End, play
from benchmarks.decisions.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.decisions.world import Cell, Tick

_WIDTH, _HEIGHT = 720, 372
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 700, 64, 300
_LOWEST, _HIGHEST = -4.0, 4.0  # powers of ten of the odds; beyond, a line runs along the frame
_CANDIDATES = 25  # repetitions among which the typical one is looked for
_BOUNDARY = CERTAIN * log10(e)
_AGAINST, _PROOF = "#b3261e", "#1a6b3c"


def typical(cell: Cell) -> tuple[End, Sequence[Capital]]:
    """Of the first repetitions, the one in the middle of those that ended in the commonest way."""
    ends = [play(Serin, Traffic(cell, repetition)) for repetition in range(_CANDIDATES)]
    (common, _), *_ = Counter((end.how, end.cause) for end in ends).most_common(1)
    alike = sorted((ends[i].seconds, i) for i in range(_CANDIDATES) if ends[i][:2] == common)
    released: list[Watched] = []

    def watched(history: Sequence[Tick]) -> Watched:
        released.append(Watched(history))
        return released[-1]

    end = play(watched, Traffic(cell, alike[len(alike) // 2][1]))
    return end, released[0].trace


def picture(cell: Cell, end: End, trace: Sequence[Capital]) -> str:
    """The picture as SVG: odds against the canary, odds of the weakest proof, and both boundaries."""
    across = _scale(0.0, float(end.seconds), _LEFT, _RIGHT)
    against = [(across(each.seconds), _height(each.against)) for each in trace]
    proof = [(across(each.seconds), _height(min(each.proofs))) for each in trace]
    title = cell.scenario.words
    outcome = f"{end.how} after {end.seconds} s{f' ({end.cause})' if end.cause else ''}"
    load = f"{cell.rate:g} requests/s, {100 * cell.base:g} % errors in a good version: {outcome}"
    parts = [
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 24, title, "font-weight='bold' font-size='14'"),
        _text(_LEFT, 44, load),
        *_grid(),
        *_steps(trace, across),
        *_times(end.seconds, across),
        *_boundary(),
        _line(against, _AGAINST),
        _line(proof, _PROOF),
        _text(_LEFT, _HEIGHT - 26, "odds that the canary is bad", f"fill='{_AGAINST}'"),
        _text(
            _LEFT + 220, _HEIGHT - 26, "odds that the next step is safe (weakest rule)", f"fill='{_PROOF}'"
        ),
    ]
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([frame, f"<title>{escape(title)}</title>", *parts, "</svg>\n"])


def _scale(first: float, last: float, start: float, stop: float) -> Callable[[float], float]:
    return lambda value: start + (stop - start) * (value - first) / (last - first)


def _height(logged: float) -> float:
    power = min(_HIGHEST, max(_LOWEST, logged * log10(e)))
    return _scale(_LOWEST, _HIGHEST, _BOTTOM, _TOP)(power)


def _grid() -> list[str]:
    found = []
    for power in range(int(_LOWEST), int(_HIGHEST) + 1, 2):
        y = _height(power / log10(e))
        odds = f"{10**power:,} : 1" if power >= 0 else f"1 : {10**-power:,}"
        found.append(f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        found.append(_text(_LEFT - 6, y + 4, odds, "text-anchor='end' font-size='10' fill='#555'"))
    return found


def _steps(trace: Sequence[Capital], across: Callable[[float], float]) -> list[str]:
    """A mark where each weight begins to be judged."""
    found: list[str] = []
    weight, since = 0, 0.0
    for each in trace:
        if each.weight != weight:
            x = across(since)
            found.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_BOTTOM}" stroke="#aac"/>')
            row = len(found) // 2 % 2  # two rows, so that marks close to each other stay legible
            found.append(_text(x + 3, _TOP + 12 + 14 * row, f"{each.weight} %", "fill='#557'"))
        weight, since = each.weight, each.seconds
    return found


def _times(seconds: int, across: Callable[[float], float]) -> list[str]:
    style = "text-anchor='middle' font-size='10' fill='#555'"
    return [
        _text(across(seconds * part / 4), _BOTTOM + 16, f"{seconds * part / 4:.0f} s", style)
        for part in range(5)
    ]


def _boundary() -> list[str]:
    y, style = _height(_BOUNDARY / log10(e)), 'stroke="#000" stroke-dasharray="5 4"'
    words = f"dashed: {10**_BOUNDARY:.0f} : 1, where red rolls back and green may go on"
    return [
        f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}" {style}/>',
        _text(_LEFT, _HEIGHT - 8, words),
    ]


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>'
