"""What a row of the suite declares, and what it is given to play on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from benchmarks.cluster.goals import Goal
    from benchmarks.cluster.place import Place, Say

    Record = dict[str, Any]
    Play = Callable[[str, int], Record]

PREFIX = "bench-"


@dataclass(frozen=True, slots=True)
class Stage:
    """The cluster as a row finds it; `prefix` begins the names of its namespaces."""

    place: Place
    say: Say
    prefix: str = PREFIX

    @contextmanager
    def site(self, name: str) -> Iterator[Site]:
        """A release in a namespace of its own, watched; the namespace is gone soon after."""
        site = Site(self.place, self.say, f"{self.prefix}{name}")
        site.open()
        try:
            yield site
        finally:
            site.leave()


@dataclass(frozen=True, slots=True)
class Row:
    """One fault: what must hold, how it is played, and by which figures it is judged.

    `long` is the number of rounds of each case in the long run, `minutes` about what one round takes.
    A goal's `rows` are cases of this row; none means all of them. `explained` says by the name of a goal why
    it is missed, and by a case why rounds of it broke; the page shows it only where that is so.
    """

    name: str
    title: str
    holds: str
    method: str
    cases: tuple[str, ...]
    long: int
    minutes: float
    open: Callable[[Stage], AbstractContextManager[Play]]
    goals: tuple[Goal, ...]
    amounts: tuple[Goal, ...] = ()
    explained: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Its place among the rows."""
        return int(self.name.removeprefix("R"))
