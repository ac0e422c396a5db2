"""One scraper for each target, where a store hands out what several read and nobody merged.

Two replicas of a store, or two scrape jobs that find the same pod, read the same counters at different times.
Taken together each count would seem to vanish and to be born again with every scrape, whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.adapters.samples import OUT_OF_SIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.adapters.samples import Series


def once(series: Iterable[Series]) -> list[Series]:
    """What one scraper read of each target.

    All samples of one scrape carry its time. So series of one target that have no time in common, and yet
    belong to the same stretch of time, come from two scrapers.
    """
    members: dict[str, list[Series]] = {}
    for each in series:
        members.setdefault(each.instance, []).append(each)
    return [each for own in members.values() for each in _of_first(_scrapers(own))]


@dataclass(slots=True, eq=False)
class _Scraper:
    """Series that share the times of their scrapes."""

    members: list[Series]
    times: set[float]

    @property
    def name(self) -> list[tuple[str, str]]:
        """The labels that all of them have: who looks later finds the same first one."""
        return sorted(set.intersection(*(set(each.labels.items()) for each in self.members)))

    def meets(self, other: _Scraper) -> bool:
        return min(self.times) <= max(other.times) and min(other.times) <= max(self.times)


def _scrapers(members: Iterable[Series]) -> list[_Scraper]:
    found: list[_Scraper] = []
    for each in members:
        joined, apart = _Scraper([each], {*each.points, *each.unusable}), []
        for other in found:
            if other.times.isdisjoint(joined.times):
                apart.append(other)
            else:
                joined.members += other.members
                joined.times |= other.times
        found = [*apart, joined]
    return [each for each in found if each.times]


def _of_first(found: list[_Scraper]) -> list[Series]:
    """The first by name of those that are still at work, and what was before or after its time."""
    if not found:
        return []
    newest = max(max(each.times) for each in found)
    working = [each for each in found if max(each.times) > newest - OUT_OF_SIGHT]
    chosen = min(working, key=lambda each: each.name)
    kept = (each for each in found if each is chosen or not each.meets(chosen))
    return [each for scraper in kept for each in scraper.members]
