"""What is measured, one row a promise; a row gives a function that plays one round on the site."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.cluster import healing
from benchmarks.cluster.orders import give
from benchmarks.cluster.stretch import LateError
from benchmarks.rollback import measures, memory
from canary.core.model import Verb
from demo.observed import SETTLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from benchmarks.cluster.partial import Row
    from benchmarks.cluster.site import Released, Site
    from benchmarks.cluster.stretch import Stretch

    Play = Callable[[int], Row]

GOOD = ('model.version="v1"',)
FAILING = (*GOOD, 'faults={"enabled": true, "error": {"ratio": 1}}')
ERRING = (*GOOD, 'faults={"enabled": true, "error": {"ratio": 0.005}}')
PATIENCE = 300.0  # seconds for a release to end
LONG_PATIENCE = 900.0  # the same where the rules need many answers to tell a few errors from too many
AFTER = SETTLE + measures.QUIET  # seconds that are watched after the end
LINGER = 10.0  # seconds that are watched after an order: one that is obeyed late shall have a figure too
EXPOSED = 2.0  # seconds for which users meet a canary before it is taken back
PACE = 1.0  # seconds between two foreign edits
REST = 60.0  # seconds over which the controller's memory is looked at, at least


@dataclass(frozen=True, slots=True)
class Measured:
    """A row: how many rounds of the asked number it plays, and what it opens to play them."""

    name: str
    title: str
    rounds: Callable[[int], int]
    open: Callable[[Site], AbstractContextManager[Play]]


def ended(route: Sequence[int]) -> bool:
    """Whether users met the canary and the weight is back at 0."""
    return measures.outcome(route) is not measures.Outcome.UNDECIDED


def phase(number: int) -> float:
    """Seconds between 0 and 1: over many rounds, an order meets every moment of the controller's second."""
    return number * 0.618034 % 1


@contextmanager
def failure(site: Site) -> Iterator[Play]:
    """A version that fails every request, at 50 requests/s."""

    def play(_: int) -> Row:
        site.require(*GOOD)
        with site.users(50) as stretch:
            released = site.release(*FAILING)
            stretch.until(ended, PATIENCE, "the weight back at 0")
            stretch.last(AFTER)
            return measures.total_failure(stretch.finish(), released.revision)

    yield play


@contextmanager
def abort(site: Site) -> Iterator[Play]:
    """A good canary with 10 % of 100 requests/s, taken back by an order."""

    def play(number: int) -> Row:
        site.require(*GOOD)
        with site.users(100) as stretch:
            released = _exposed(site, stretch)
            stretch.last(EXPOSED + phase(number))
            given = give(site.place.cluster.env, site.subject, Verb.ABORT)
            stretch.last(LINGER)
            row = measures.taken_back(stretch.finish(), released.revision, given.at)
        return {**row, "write_seconds": round(given.seconds, 4), "process_seconds": _process_seconds(site)}

    yield play


@contextmanager
def edit(site: Site) -> Iterator[Play]:
    """Somebody writes another weight while a release is paused at its first step."""
    site.require(*GOOD)
    with site.users(20) as stretch:
        _exposed(site, stretch)
        give(site.place.cluster.env, site.subject, Verb.PAUSE)
        weight = site.production.steps()[0]

        def play(number: int) -> Row:
            stretch.last(PACE + phase(number))
            began = time.time()
            seconds = healing.seconds(*healing.foreign_weight(site.place.api, site.subject, weight))
            stretch.last(PACE)
            return measures.put_back(seconds, began, stretch.records())

        yield play


@contextmanager
def good(site: Site) -> Iterator[Play]:
    """A good version through all steps at 200 requests/s."""

    def play(_: int) -> Row:
        site.require(*GOOD)
        old = site.stable
        with site.users(200) as stretch:
            released = site.release(*GOOD)
            stretch.until(ended, PATIENCE, "the weight at 100 and then 0")
            stretch.last(AFTER)
            row = measures.replaced(stretch.finish(), old, released.changed)
        site.adopt(released)
        return row

    yield play


@contextmanager
def tolerated(site: Site) -> Iterator[Play]:
    """A version with 0.5 % errors, as stable has them, at 100 requests/s."""

    def play(_: int) -> Row:
        site.require(*ERRING)
        old = site.stable
        with site.users(100) as stretch:
            released = site.release(*ERRING)
            _until_decided(stretch)
            window = stretch.finish()
        row = measures.tolerated(window, (old, released.revision))
        if row["outcome"] == measures.Outcome.PROMOTED:
            site.adopt(released)
        return row

    yield play


@contextmanager
def controller(site: Site) -> Iterator[Play]:
    """The controller's memory while it looks after one release."""

    def play(_: int) -> Row:
        site.require(*GOOD)
        time.sleep(REST)
        return memory.measure(site.place, site.say, time.time() - site.opened)

    yield play


ROWS = (
    Measured("failure", "a version that fails every request", lambda rounds: rounds, failure),
    Measured("abort", "a canary taken back by an order", lambda rounds: rounds, abort),
    Measured("edit", "a foreign edit of the weight", lambda rounds: rounds, edit),
    Measured("good", "a good version for everybody", lambda rounds: max(1, rounds // 5), good),
    Measured("tolerated", "a version as healthy as stable", lambda rounds: max(1, rounds // 5), tolerated),
    Measured("memory", "the controller's memory", lambda _: 1, controller),
)


def _exposed(site: Site, stretch: Stretch) -> Released:
    released = site.release(*GOOD)
    first = site.production.steps()[0]
    stretch.until(lambda route: route[-1] == first, PATIENCE, f"weight {first} on the Ingress")
    return released


def _until_decided(stretch: Stretch) -> None:
    """A release that is still on its way after a long time is a finding, not a fault of the measurement."""
    try:
        stretch.until(ended, LONG_PATIENCE, "the weight back at 0")
    except LateError:
        return
    stretch.last(AFTER)


def _process_seconds(site: Site) -> float:
    """How long a whole `canary` process takes that only reads: its start is what an operator waits for."""
    began = time.monotonic()
    site.production.canary("list")
    return round(time.monotonic() - began, 3)
