"""Where a release stands by its own account, change by change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kubernetes import client

from demo.watchers import Announcements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from demo.observed import WeightSeen
    from demo.reads import Subject

KIND, KINDS = ("canary.serin.dev", "v1alpha1"), "canaryreleases"


@dataclass(frozen=True, slots=True)
class Stand:
    """What a status says since `time` (epoch); equal but for the time means nothing moved."""

    time: float
    phase: str
    weight: int
    step: int
    stable: str
    canary: str

    @property
    def move(self) -> tuple[str, int, int, str, str]:
        """Everything but when."""
        return (self.phase, self.weight, self.step, self.stable, self.canary)


class Standing:
    """Every stand of a release; `moved` is called with each new one."""

    def __init__(self, api: Any, subject: Subject, moved: Callable[[Stand], None]) -> None:
        listing = client.CustomObjectsApi(api).list_namespaced_custom_object
        where = (*KIND, subject.namespace, KINDS)
        self._moved = moved
        self.seen: list[Stand] = []
        self.watcher = Announcements("status of the release", listing, where, subject.name, self._note)

    def _note(self, stored: dict[str, Any] | None) -> None:
        if stored is None:
            return
        stand = stand_of(stored.get("status", {}), time.time())
        if not self.seen or self.seen[-1].move != stand.move:
            self.seen.append(stand)
            self._moved(stand)


def stand_of(status: dict[str, Any], now: float) -> Stand:
    """Read a stored status."""
    return Stand(
        now,
        status.get("phase", ""),
        int(status.get("weight", 0)),
        int(status.get("step", 0)),
        status.get("stableRevision", ""),
        status.get("canaryRevision", ""),
    )


def longest_apart(
    stands: Sequence[Stand], weights: Sequence[WeightSeen], end: float, starts: Sequence[float] = ()
) -> float:
    """The longest time for which the route carried another weight than the status asked for.

    Nobody repairs what he does not live to see: with the `starts` of controllers, that of one life.
    """
    longest = 0.0
    for since, until in _apart(stands, weights, end):
        moments = [since, *(start for start in sorted(starts) if since < start < until), until]
        longest = max(longest, *(after - before for before, after in pairwise(moments)))
    return longest


def _apart(
    stands: Sequence[Stand], weights: Sequence[WeightSeen], end: float
) -> Iterator[tuple[float, float]]:
    """From when to when the two differed."""
    asked = [(stand.time, "asked", stand.weight) for stand in stands]
    carried = [(seen.time, "carried", seen.weight) for seen in weights]
    now, since = {"asked": 0, "carried": 0}, 0.0
    for moment, which, weight in [*sorted(asked + carried), (end, "asked", -1)]:
        if since:
            yield since, moment
        now[which] = weight
        apart = now["asked"] != now["carried"]
        since = (since or moment) if apart else 0.0
