"""Counts of canary and stable out of counter increases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.adapters.queries import SOURCES, roles
from canary.core.model import Counts, Pair, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from canary.adapters.queries import Source
    from canary.adapters.samples import Increase
    from canary.ports import MetricsQuery

    Window = Callable[[Increase], bool]


@dataclass(frozen=True, slots=True)
class Gained:
    """The labels of one counter and its increases."""

    labels: Mapping[str, str]
    increases: list[Increase]


def pair(view: View, query: MetricsQuery, gained: Iterable[Gained], start: float) -> Pair:
    """Everything counted at scrapes after `start`.

    The interval that began before `start` is included: better one answer too many than the first
    bad one lost.
    """
    return _pair(view, query, gained, lambda each: each.end > start)


def split(query: MetricsQuery, gained: Iterable[Gained]) -> Pair:
    """Edge requests between the first and the last scrape after the proxy had time to follow."""
    return _pair(View.EDGE, query, gained, lambda each: each.begin >= query.settled)


def _pair(view: View, query: MetricsQuery, gained: Iterable[Gained], counts_in: Window) -> Pair:
    who = roles(view, query)
    known = list(gained)
    limited = query.within is not None
    canary, stable = (
        _counts(
            SOURCES[view], [each for each in known if _plays(view, each, role)], counts_in, limited=limited
        )
        for role in (who.canary, who.stable)
    )
    return Pair(canary, stable)


def _counts(source: Source, gained: list[Gained], counts_in: Window, *, limited: bool) -> Counts:
    answers = [each for each in gained if each.labels["__name__"] == source.count]
    requests = _sum(answers, counts_in)
    bad = [each for each in answers if source.bad.fullmatch(each.labels.get(source.status, ""))]
    fast = _sum([each for each in gained if each.labels["__name__"] == source.bucket], counts_in)
    slow = max(0, requests - fast) if limited else 0
    return Counts(requests, _sum(bad, counts_in), slow)


def _sum(gained: Iterable[Gained], counts_in: Window) -> int:
    return sum(step.amount for each in gained for step in each.increases if counts_in(step))


def _plays(view: View, gained: Gained, role: str) -> bool:
    return bool(role) and gained.labels.get(SOURCES[view].role) == role
