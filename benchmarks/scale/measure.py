"""The three things that are measured at each size: starting, resting, and a tenth of the releases moving."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks.scale.subject import spent, subject
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.cluster.place import Place
    from benchmarks.scale.fleet import Fleet
    from benchmarks.scale.subject import Subject
    from benchmarks.scale.users import Users

    Row = dict[str, Any]

BUSY = 10  # one release in so many moves
MOST_BUSY = 100
ARRIVAL = 1.5  # seconds that a release may take to come up, times the number of releases
LEAST_PATIENCE = 120.0


class Bench:
    """What the measurements share."""

    def __init__(self, place: Place, fleet: Fleet, users: Users, store: str) -> None:
        self._place, self._fleet, self._users, self._store = place, fleet, users, store

    def size(self, count: int, seconds: float, say: Callable[[str], None]) -> list[Row]:
        """Grow to so many releases; rows for start and rest, and for moving. Raises StepError."""
        self._grow(count, say)
        with subject(self._place, self._store, f"{count}") as one:
            started = one.seen_all(count)
            say(f"{count} releases: all looked at {started:.1f} s after the start")
            time.sleep(10)  # what the start itself has set off
            resting = self._window(one, seconds)
            say(f"{count} at rest: {resting}")
            moving = self._move(one, count, seconds, say)
        rest = {"row": "rest", "releases": count, "start_seconds": round(started, 1), **resting}
        return [rest, {"row": "busy", "releases": count, **moving}]

    def _grow(self, count: int, say: Callable[[str], None]) -> None:
        """Let a controller bring up what is missing; its own start is not measured."""
        with subject(self._place, self._store, f"grow-{count}"):
            self._fleet.grow(count)
            patience = max(LEAST_PATIENCE, ARRIVAL * count)
            took = self._fleet.until("releases at rest", _at_rest, count, patience)
            say(f"{count} releases came to rest in {took:.0f} s")

    def _move(self, one: Subject, count: int, seconds: float, say: Callable[[str], None]) -> Row:
        """Release a new template on a tenth of the releases, and measure while users meet their canaries."""
        chosen = self._fleet.places[: min(MOST_BUSY, max(1, count // BUSY))]
        self._fleet.change(chosen)
        deadline = time.monotonic() + LEAST_PATIENCE + ARRIVAL * len(chosen)
        while (exposed := self._meet(set(chosen))) < len(chosen):
            if time.monotonic() > deadline:
                raise StepError(f"busy: only {exposed} of {len(chosen)} canaries have users")
            time.sleep(1)
        say(f"{len(chosen)} of {count} releases have a canary with users")
        time.sleep(20)  # until the store has counted them for a while
        window = self._window(one, seconds)
        states = self._fleet.states()
        still = sum(states[place].get("weight") == 10 for place in chosen)
        say(f"{len(chosen)} of {count} moving: {window}")
        self._end(chosen, say)
        return {"moving": len(chosen), "still_moving": still, **window}

    def _meet(self, chosen: set[Any]) -> int:
        """Let users ask where a canary is known; how many canaries have their share."""
        exposed = 0
        for place, status in self._fleet.states().items():
            if place in chosen and status.get("canaryRevision"):
                self._users.meet(place, status["stableRevision"], status["canaryRevision"])
                exposed += status.get("weight", 0) > 0
        return exposed

    def _end(self, chosen: list[Any], say: Callable[[str], None]) -> None:
        """Back to the template that stable has: the next size begins at rest."""
        self._fleet.restore(chosen)
        patience = LEAST_PATIENCE + ARRIVAL * len(chosen)
        self._fleet.until("releases at rest again", _at_rest, len(self._fleet.places), patience)
        say("at rest again")

    def _window(self, one: Subject, seconds: float) -> Row:
        before, began = one.page(), time.monotonic()
        time.sleep(seconds)
        after, passed = one.page(), time.monotonic() - began
        return spent(before, after, passed)


def _at_rest(status: dict[str, Any]) -> bool:
    return status.get("phase") == "Healthy" and bool(status.get("stableRevision"))
