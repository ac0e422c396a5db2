"""Counts of canary and stable out of counter increases, cut into ticks by the samples themselves."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from canary.adapters.queries import BEFORE_SECONDS, counters, roles
from canary.core.model import Block, Counts, Pair, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from canary.adapters.samples import Increase, Target
    from canary.ports import MetricsQuery

# A store takes a sample in after the scrape that it is dated with: younger ones may not be complete.
COMPLETE_SECONDS = 0.5
# The first answers of a process are slow for reasons that no rule is about.
WARM_UP_SECONDS = 5.0
_CANARY, _STABLE = 0, 1
_SAME_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Gained:
    """The labels of one counter, its increases, and the target that it was scraped from."""

    labels: Mapping[str, str]
    increases: list[Increase]
    target: Target


@dataclass(frozen=True, slots=True)
class Cut:
    """How one view is cut and counted.

    `limits` are the bucket edges of durations, the rule's own first, `values` those of predictions;
    `speakers` are, for each scrape, the instances and the roles that they speak for (see `ends`).
    """

    view: View
    query: MetricsQuery
    limits: tuple[float, ...]
    values: tuple[float, ...]
    speakers: Mapping[float, Iterable[tuple[str, str]]]


@dataclass(slots=True)
class _Cell:
    """One side of one tick while it is added up; `fast` and `within` are cumulative, by bucket edge."""

    fast: list[int]
    within: list[int]
    requests: int = 0
    errors: int = 0
    timed: int = 0
    answers: int = 0
    impossible: int = 0

    def counts(self) -> Counts:
        slow = [max(0, self.timed - each) for each in self.fast]
        return Counts(
            requests=self.requests,
            errors=self.errors,
            timed=self.timed if slow else 0,
            slow=slow[0] if slow else 0,
            lower=tuple(slow[1:]),
            answers=self.answers,
            impossible=self.impossible,
            predicted=tuple(each - before for before, each in pairwise((0, *self.within))),
        )


def blocks(cut: Cut, gained: Iterable[Gained]) -> tuple[Block, ...]:
    """Cut everything after the query's `since` into ticks.

    Canary answers from before this canary met its first user are left out: they are an earlier one's.
    """
    query = cut.query
    since = query.since[cut.view]
    found = ends(cut.speakers, since, max(query.now, max(cut.speakers, default=0.0)) - COMPLETE_SECONDS)
    cells = [tuple(_Cell([0] * len(cut.limits), [0] * len(cut.values)) for _ in range(2)) for _ in found]
    for role, each in _by_role(cut.view, query, gained):
        for step in each.increases:
            place = bisect_left(found, step.end)
            own = role == _STABLE or 0 < query.exposed < step.end
            if own and since < step.end and place < len(found):
                _add(cells[place][role], cut, each, step, warm=_warm(cut, role, each, step))
    return tuple(
        Block(begin, end, *(side.counts() for side in cell))
        for (begin, end), cell in zip(pairwise((since, *found)), cells, strict=True)
    )


def ends(speakers: Mapping[float, Iterable[tuple[str, str]]], since: float, horizon: float) -> list[float]:
    """Scrapes at which a tick ends: as soon as both roles were heard, else before one speaks twice.

    Depends on the samples after `since` alone, so whoever looks later cuts in the same places.
    """
    found: list[float] = []
    heard: set[str] = set()
    spoke: set[str] = set()
    last = since
    for time in sorted(time for time in speakers if since < time <= horizon):
        now = list(speakers[time])
        if any(instance in spoke for instance, _ in now):
            found.append(last)
            heard, spoke = set(), set()
        spoke |= {instance for instance, _ in now}
        heard |= {role for _, role in now}
        if len(heard) == 2:
            found.append(time)
            heard, spoke = set(), set()
        last = time
    return found


def pair(view: View, query: MetricsQuery, gained: Iterable[Gained], start: float) -> Pair:
    """Requests counted at scrapes after `start`, the interval that began before it included."""
    return _pair(view, query, gained, lambda each: each.end > start)


def split(view: View, query: MetricsQuery, gained: Sequence[Gained], start: float) -> Pair:
    """Requests counted between the first and the last scrape after `start`.

    None on a way back before everybody was heard: one proxy of many may still lead users to the canary.
    """
    if query.only and any(_unheard(each.target, start, query.now) for each in gained):
        return Pair()
    return _pair(view, query, gained, lambda each: each.begin >= start)


def _unheard(target: Target, start: float, now: float) -> bool:
    """Whether a target that is still there has not been scraped twice since `start`."""
    gone = target.scrapes[-1] < now - BEFORE_SECONDS
    return not gone and sum(scrape >= start for scrape in target.scrapes) < 2


def _pair(
    view: View, query: MetricsQuery, gained: Iterable[Gained], counts_in: Callable[[Increase], bool]
) -> Pair:
    requests, count = [0, 0], counters(view, query).count
    for role, each in _by_role(view, query, gained):
        if each.labels["__name__"] == count:
            requests[role] += sum(step.amount for step in each.increases if counts_in(step))
    return Pair(Counts(requests[_CANARY]), Counts(requests[_STABLE]))


def _add(cell: _Cell, cut: Cut, counter: Gained, step: Increase, *, warm: bool) -> None:
    known, name = counters(cut.view, cut.query), counter.labels["__name__"]
    if name == known.count:
        cell.requests += step.amount
        cell.timed += step.amount if warm else 0
        bad = known.bad.fullmatch(counter.labels.get(known.source.status, ""))
        cell.errors += step.amount if bad else 0
    elif name == known.bucket and warm:
        _within(cell.fast, cut.limits, counter, step)
    elif name == known.predicted:
        _within(cell.within, cut.values, counter, step)
    elif name == known.source.answers:
        cell.answers += step.amount
    elif name == known.source.bad_answers:
        cell.impossible += step.amount


def _within(found: list[int], edges: tuple[float, ...], counter: Gained, step: Increase) -> None:
    edge = float(counter.labels["le"])
    for index, limit in enumerate(edges):
        if edge == limit or abs(edge - limit) < _SAME_EDGE:
            found[index] += step.amount


def _warm(cut: Cut, role: int, counter: Gained, step: Increase) -> bool:
    """Whether the latency of these answers counts: the proxy cannot tell new pods from old ones."""
    if cut.view is View.EDGE:
        return role == _STABLE or step.begin >= cut.query.exposed + WARM_UP_SECONDS
    return all(step.begin >= start + WARM_UP_SECONDS or step.end < start for start in counter.target.starts)


def _by_role(view: View, query: MetricsQuery, gained: Iterable[Gained]) -> Iterator[tuple[int, Gained]]:
    """The counters of canary and stable, each with its role."""
    who, label = roles(view, query), counters(view, query).role
    sides, known = {"canary": _CANARY, "stable": _STABLE}, {"": ""}
    for each in gained:
        value = each.labels.get(label, "")
        if value not in known:
            known[value] = who.of(value)
        if role := known[value]:
            yield sides[role], each
