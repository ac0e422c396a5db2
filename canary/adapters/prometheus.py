"""Counters from any store that speaks the Prometheus query API."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import urllib3

from canary.adapters import queries, samples, scrapers, tally, usage
from canary.adapters.ahead import OtherClock
from canary.adapters.calls import Outcome, Question, nobody
from canary.adapters.tally import Cut, Gained
from canary.core.evidence import LOWER_EDGES
from canary.core.model import Reading, Usages, View
from canary.core.windows import LATELY
from canary.ports import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from canary.adapters.samples import Series
    from canary.core.model import Block
    from canary.ports import MetricsQuery

ANSWER_SECONDS = 2.0
STALE_SECONDS = 30.0
EDGES_KEPT_SECONDS = 300.0
USAGES_KEPT_SECONDS = 5.0  # containers are read every ten seconds or so


@dataclass(frozen=True, slots=True)
class _Look:
    """One view's answer: the raw series, what their counters gained, and the edges counted at."""

    series: list[Series]
    gained: list[Gained]
    limits: tuple[float, ...]

    def blocks(self, view: View, query: MetricsQuery) -> tuple[Block, ...]:
        predicted = queries.counters(view, query).predicted
        named = [each.labels for each in self.series if each.labels["__name__"] == predicted]
        values = tuple(sorted({float(labels["le"]) for labels in named}))
        return tally.blocks(Cut(view, query, self.limits, values, self._speakers(view)), self.gained)

    def _speakers(self, view: View) -> dict[float, set[tuple[str, str]]]:
        """Who was scraped when, and for which roles it speaks: a proxy for both, a pod for its own."""
        found: dict[float, set[tuple[str, str]]] = {}
        for each in self.series:
            spoken = ("canary", "stable") if view is View.EDGE else (each.labels.get("revision", ""),)
            for scrape in each.points:
                found.setdefault(scrape, set()).update((each.instance, role) for role in spoken)
        return found


class _StoreError(UnreachableError):
    """The store answered that it cannot."""


class Prometheus:
    """Reads one look at a release with two or three queries; `told` hears of each.

    Samples carry the store's time, weights and holds ours. Where the two disagree, answers from before a new
    weight would be held against it, and a proxy that follows at once would seem to ignore it. So it asks by
    the store's clock.
    """

    def __init__(self, url: str, told: Callable[[Question], None] = nobody) -> None:
        self._url, self._told = url.rstrip("/"), told
        self._pool = urllib3.PoolManager(maxsize=32, retries=False)
        self._clock = OtherClock("metrics store")
        self._edges: dict[str, tuple[float, tuple[float, ...]]] = {}
        self._usages: dict[tuple[str, str], tuple[str, float, Usages]] = {}

    def read(self, query: MetricsQuery) -> Reading:
        """Integer deltas of both views; a role without series counts zero.

        Raises UnreachableError when there is no answer, a nonsensical or an old one, and
        RefusedError when a name must not enter a query.
        """
        try:
            edges = {view: self._edges_of(view, query) for view in queries.views(query)}
            ahead = self._clock.ahead(query.now)
            query = _by_its_clock(query, ahead)
            looks = {view: self._look(view, query, limits) for view, limits in edges.items()}
            usages = self._usages_of(query) if query.resources else None
        except (ValueError, KeyError, TypeError) as error:
            raise UnreachableError(f"{self._url}: query: not a Prometheus answer: check the URL") from error
        led = query.only or View.EDGE
        split = partial(tally.split, led, query, looks[led].gained if led in looks else ())
        newest = self._freshness((look.series for look in looks.values()), query.now)
        return Reading(
            latest=newest - ahead if newest else 0.0,
            blocks={view: look.blocks(view, query) for view, look in looks.items()},
            step={view: tally.pair(view, query, look.gained, query.step) for view, look in looks.items()},
            recent={view: tally.pair(view, query, look.gained, query.recent) for view, look in looks.items()},
            split=split(query.settled),
            lately=split(max(query.settled, query.now - LATELY)),
            edges=edges,
            usages=usages,
        )

    def _look(self, view: View, query: MetricsQuery, edges: tuple[float, ...]) -> _Look:
        limits = _limits(query.within, edges)
        series = self._series(view, query, limits)
        counters = [each for each in series if each.labels["__name__"] != queries.START]
        asked = self._starts(series, query.since[view]) if view is View.EDGE else {}
        targets = samples.targets(series, asked, query.since[view])
        gained = [
            Gained(each.labels, samples.increases(each, targets[each.instance]), targets[each.instance])
            for each in counters
            if each.points
        ]
        return _Look(series, gained, limits)

    def _series(self, view: View, query: MetricsQuery, limits: tuple[float, ...]) -> list[Series]:
        """What was asked for, as one scraper read it."""
        found = samples.parse(self._ask(queries.samples(view, query, limits)))
        if view is View.APPLICATION and not query.only and (question := queries.forecasts(query)):
            found += samples.parse(self._ask(question))
        ours = scrapers.once(each for each in found if queries.asked_for(view, query, each.labels))
        if odd := samples.nonsense(ours):
            raise UnreachableError(f"{self._url}: query: {odd}: is no count: check the store")
        return ours

    def _freshness(self, found: Iterable[list[Series]], now: float) -> float:
        """Time of the newest sample of the view that lags most; 0 when there is none at all."""
        newest = [max(times) for series in found if (times := [t for each in series for t in each.points])]
        if newest and min(newest) < now - STALE_SECONDS:
            age = now - min(newest)
            raise UnreachableError(f"{self._url}: query: newest sample is {age:.0f} s old: is it scraping?")
        if newest and max(newest) > now + samples.CLOCKS_APART:
            early = max(newest) - now
            raise UnreachableError(
                f"{self._url}: query: newest sample is {early:.0f} s ahead: set the clocks"
            )
        return min(newest, default=0.0)

    def _starts(self, series: list[Series], since: float) -> Mapping[str, Iterable[float]]:
        """Process starts of proxies by instance, where they matter: their other counters do not tell them."""
        doubtful = samples.doubtful(series, since)
        answer = self._ask(queries.starts(doubtful)) if doubtful else []
        return {each["metric"].get("instance", ""): [float(each["value"][1])] for each in answer}

    def _edges_of(self, view: View, query: MetricsQuery) -> tuple[float, ...]:
        question = queries.edges(view, query)
        asked, known = self._edges.get(question, (0.0, ()))
        if not known or time.monotonic() - asked > EDGES_KEPT_SECONDS:
            limits = {float(each["metric"]["le"]) for each in self._ask(question)}
            known = tuple(sorted(limits - {float("inf")}))
            self._edges[question] = (time.monotonic(), known)
        return known

    def _usages_of(self, query: MetricsQuery) -> Usages:
        question = queries.usage(query)
        whose = (query.namespace, query.release)
        before, asked, known = self._usages.get(whose, ("", 0.0, Usages()))
        if before != question or time.monotonic() - asked > USAGES_KEPT_SECONDS:
            known = usage.parse(self._ask(question), query)
            self._usages[whose] = (question, time.monotonic(), known)
        return known

    def _ask(self, question: str) -> Any:
        """The result of a query, after telling how it went."""
        begun, outcome, count = time.monotonic(), Outcome.NONSENSE, 0
        try:
            result = self._answer(question)
            count = samples.count(result)
            outcome = Outcome.ANSWERED
        except UnreachableError as error:
            outcome = Outcome.REFUSED if isinstance(error, _StoreError) else Outcome.UNREACHABLE
            raise
        finally:
            self._told(Question(outcome, time.monotonic() - begun, count))
        return result

    def _answer(self, question: str) -> Any:
        asked = {"query": question, "timeout": f"{ANSWER_SECONDS:g}s"}
        try:
            url = f"{self._url}/api/v1/query"
            answer = self._pool.request(
                "POST", url, fields=asked, encode_multipart=False, timeout=ANSWER_SECONDS
            )
            self._clock.heard(answer.headers.get("Date"))
            body = json.loads(answer.data)
            if body["status"] == "success" and not body.get("warnings"):
                return body["data"]["result"]
            why = str(body.get("error") or body["warnings"])
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreachableError(f"{self._url}: query: {str(error)[:200]}: is it running?") from error
        raise _StoreError(f"{self._url}: query: {why[:200]}: check the store")


def _by_its_clock(query: MetricsQuery, ahead: float) -> MetricsQuery:
    """The same windows by the store's clock; what was taken in ends at one of its own samples anyway."""
    if not ahead:
        return query
    return replace(
        query,
        exposed=query.exposed + ahead if query.exposed else 0.0,
        step=query.step + ahead,
        settled=query.settled + ahead,
        recent=query.recent + ahead,
        now=query.now + ahead,
    )


def _limits(within: float | None, edges: tuple[float, ...]) -> tuple[float, ...]:
    """The rule's own bucket edge, and the nearest ones below it."""
    if within is None:
        return ()
    lower = sorted((edge for edge in edges if edge < within - 1e-9), reverse=True)
    return (within, *lower[:LOWER_EDGES])
