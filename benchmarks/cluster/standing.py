"""Where a release stands by its own account, change by change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kubernetes import client, watch

from benchmarks.cluster.place import SECONDS
from demo.watchers import Watcher

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from demo.observed import WeightSeen
    from demo.reads import Subject

KIND = ("canary.serin.dev", "v1alpha1")


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
    """Every stand of a release, as the API server announces it; `moved` is called with each new one."""

    def __init__(self, api: Any, subject: Subject, moved: Callable[[Stand], None]) -> None:
        self._api, self._subject, self._moved = client.CustomObjectsApi(api), subject, moved
        self.seen: list[Stand] = []
        self.watcher = Watcher("status of the release", self._look, 0.1)

    def _look(self, stopping: threading.Event) -> None:
        words = (*KIND, self._subject.namespace, "canaryreleases")
        only = {"field_selector": f"metadata.name={self._subject.name}"}
        listing = self._api.list_namespaced_custom_object
        found = listing(*words, **only, _request_timeout=SECONDS)
        self.watcher.answered()
        for item in found["items"]:
            self._note(item)
        changes, version = watch.Watch(), found["metadata"]["resourceVersion"]
        for event in changes.stream(listing, *words, **only, resource_version=version, timeout_seconds=10):
            self._note(event["object"])
            if stopping.is_set():
                changes.stop()

    def _note(self, stored: dict[str, Any]) -> None:
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
