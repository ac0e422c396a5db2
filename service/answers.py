"""One answer as it is kept: the bytes that a client gets, and what the metrics learn from it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

EDGES = (0, 2, 4, 6, 9, 13, 20, 30, 60, 120, 250)
"""Upper ends of the histogram's buckets, in whole units a month; a last bucket has no end.

Both releases of a comparison need the same edges, so they are fixed, not taken from each model. Of the
recorded months 8 to 21 % fall into each bucket up to 20 units; from there the width doubles, and the
last edge is above anything ever sold in a month (229): what lies beyond it is an explosion. A bucket
is at least two units wide, or the grid of whole units alone would look like drift: whole forecasts
times 1.2 read as a PSI of 0.7 in buckets of one unit, as 0.09 in these.
"""


class Flaw(StrEnum):
    """Why an answer is bad; of several the first counts, so that flaws never outnumber answers.

    `constant`: the model says the same of every medicine of a branch, whose own history differs by
    more than rounding can hide. Each number may be right by itself, so the answer is sent: a
    pharmacist can still overrule it, and a whole release that does it shows up as a share of bad
    answers. One medicine asked for alone is judged by what the model says of all.
    """

    NOT_FINITE = "not_finite"
    NEGATIVE = "negative"
    CONSTANT = "constant"


class Source(StrEnum):
    """Where an answer comes from: the table of answers kept ready, or the model, asked for this request."""

    TABLE = "table"
    MODEL = "model"


UNUSABLE = frozenset({Flaw.NOT_FINITE, Flaw.NEGATIVE})
"""Flaws of answers that are no answer: the user gets an honest error instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`forecasts` holds (bucket of `EDGES`, how many forecasts fall into it), `units` their sum.

    An answer that must not be sent has an empty body and no forecasts. `etag` is quoted, as headers
    have it; the body names model, branch and month, so it is another one after each release.
    """

    body: bytes
    forecasts: tuple[tuple[int, int], ...]
    units: int
    flaw: Flaw | None
    etag: str
    source: Source = Source.TABLE

    @property
    def usable(self) -> bool:
        """Return whether every number is whole units from 0 on; only such an answer is sent."""
        return self.flaw not in UNUSABLE


def flaw_of(rows: Sequence[Sequence[float]], *, varied: bool) -> Flaw | None:
    """Judge units, low and high of each medicine; `varied`: the history tells the medicines apart."""
    if not all(isfinite(number) for row in rows for number in row):
        return Flaw.NOT_FINITE
    if any(number < 0 for row in rows for number in row):
        return Flaw.NEGATIVE
    return Flaw.CONSTANT if varied and len({row[0] for row in rows}) == 1 else None


def buckets(units: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return (bucket, forecasts in it) for those buckets that are not empty, in their order."""
    return tuple(sorted(Counter(bisect_left(EDGES, one) for one in units).items()))
