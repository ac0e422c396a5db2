"""Which failed requests a release has to answer for. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

from demo.observed import SETTLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from demo.observed import Window
    from loadtest.records import Record

DEVIATIONS = 4  # of a binomial count, beyond which it is no chance


@dataclass(frozen=True, slots=True)
class Hurt:
    """`failed` requests nothing but the release explains, `spoilt` ones a bad canary's share explains.

    `beyond` is by how many the spoilt ones exceed that share; `how` says what users saw of the failed ones.
    """

    failed: int
    spoilt: int
    beyond: int
    how: str


def hurt(window: Window, bad: str = "") -> Hurt:
    """Tell the failed requests of a window apart; `bad` is the revision that is bad on purpose, if any.

    A bad canary may spoil requests that began while it had its share or before the proxy can have followed
    its end, and that it answered itself or that nobody answered; so many of them as the share comes to.
    """
    spoilt = [record for record in window.failed if bad and _spoilt(window, record, bad)]
    rest = [record for record in window.failed if record not in spoilt]
    return Hurt(len(rest), len(spoilt), max(0, len(spoilt) - allowed(window)), how(rest))


def how(failed: Iterable[Record]) -> str:
    """What users saw, most often first, with the revision that answered."""
    seen = Counter(f"{record.error or 'failed'} of {record.revision or 'nobody'}" for record in failed)
    return ", ".join(f"{count} x {what}" for what, count in seen.most_common(4))


def allowed(window: Window) -> int:
    """How many requests the shares that stood come to, with what chance adds."""
    total = 0.0
    for begin, end, weight in _shares(window):
        count = sum(begin <= record.start <= end for record in window.requests)
        mean = count * weight / 100
        total += mean + DEVIATIONS * sqrt(mean * (1 - weight / 100)) + 1
    return ceil(total)


def _spoilt(window: Window, record: Record, bad: str) -> bool:
    exposed = any(begin <= record.start <= end for begin, end, _ in _shares(window))
    return exposed and record.revision in {bad, ""}


def _shares(window: Window) -> Sequence[tuple[float, float, int]]:
    """From when to when each weight above 0 may have been in force."""
    ends = [seen.time + SETTLE for seen in window.weights[1:]] + [window.finished]
    stood = zip(window.weights, ends, strict=True)
    return [(seen.time, end, seen.weight) for seen, end in stood if seen.weight > 0]
