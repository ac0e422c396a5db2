"""R7: the proxy at the entrance ignores the weight, follows it late, or loses the canary Ingress.

A proxy is late on the way forward, or on the way back, where it still leads users to pods that are to go.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from kubernetes import client

from benchmarks.cluster.goals import Bound, Goal
from benchmarks.cluster.place import SECONDS, ask
from benchmarks.cluster.site import at_rest
from benchmarks.reliability.faults.ends import AFTER, Outcome, ended, ending
from benchmarks.reliability.faults.entrance import cut_off, forbidden, other_class
from benchmarks.reliability.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from benchmarks.cluster.site import Released, Site
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage
    from demo.observed import Window

RATE = 20.0
MANY = 60.0  # requests/s where the evidence has to last for a whole release
FIRST = 10
DEADLINE = 60.0  # seconds without progress, instead of 30 min, where nothing but that ends a release
GOOD = 'model.version="v1"'
KIND = (GOOD, f'canary.progressDeadline="{DEADLINE:g}s"')
PATIENCE = 240.0
FOUND, BACK = 60.0, 130.0
LAG = 25.0  # seconds for which the proxy knows nothing of a new weight
LAG_BACK = 45.0  # the same on the way back: longer than what a controller believes without having seen it

CLASS, CUT, LOST, LATE, LATE_BACK = "another class", "cut off", "lost", "late", "late on the way back"
IGNORED = (CLASS, CUT, LOST)
FORWARD = (*IGNORED, LATE)
# What the release says of itself once it has found out.
WORDS = ("instead of", "Stalled", "ignored the weight")


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with stage.site("r7") as site:
        yield partial(_play, site)


def _play(site: Site, case: str, _: int) -> Record:
    return _withdrawn(site) if case == LATE_BACK else _forward(site, case)


def _withdrawn(site: Site) -> Record:
    """Its owner takes a release back while the proxy is cut off: whoever it still leads there is answered."""
    site.require(GOOD)
    with site.users(MANY) as stretch:
        released = site.release(GOOD)
        stretch.until(lambda route: route[-1] == FIRST, PATIENCE, f"weight {FIRST}")
        with cut_off(site.place.api):
            began = time.time()
            site.withdraw()
            stretch.until(ended, PATIENCE, "weight 0")
            left = time.time()
            stretch.last(max(0.0, began + LAG_BACK - time.time()))
        stretch.until(
            lambda _: at_rest(site.production.reads.release(), site.stable),
            PATIENCE,
            "the end of the way back",
        )
        rested = time.time()
        stretch.last(AFTER)
        window = stretch.finish()
    strayed = [each for each in window.requests if each.revision == released.revision and each.start > left]
    return _record(site, window, ending(window, released.revision), LATE_BACK, began) | {
        "strayed": len(strayed),
        "rest_seconds": round(rested - began, 1),
    }


def _forward(site: Site, case: str) -> Record:
    """A release under way is not followed by the proxy."""
    site.require(*KIND)
    with site.users(MANY if case == LATE else RATE) as stretch:
        with _before(site, case):
            released = site.release(*KIND)
            stretch.until(lambda route: route[-1] == FIRST, PATIENCE, f"weight {FIRST}")
            began = time.time()
            back = began
            with _after(site, case):
                found = _found(site, stretch)
                if case == LATE:
                    stretch.last(max(0.0, began + LAG - time.time()))
                else:
                    stretch.until(lambda route: _back(site, released, route[-1]), PATIENCE, "the way back")
                    back = time.time()
                    stretch.until(lambda _: _rejected(site, released), PATIENCE, "the end of the release")
        stretch.until(ended, PATIENCE, "the end of the release")
        stretch.last(AFTER)
        window = stretch.finish()
    end = ending(window, released.revision)
    if end is Outcome.PROMOTED:
        site.adopt(released)
    late = case == LATE
    found_back = (
        {"forgiven": int(end is Outcome.PROMOTED)} if late else {"back_seconds": round(back - began, 1)}
    )
    return _record(site, window, end, case, began) | {"found_seconds": round(found - began, 1)} | found_back


def _before(site: Site, case: str) -> AbstractContextManager[None]:
    """What is wrong before the canary's first share."""
    if case == CLASS:
        return other_class(site.place.api, site.subject.namespace)
    return cut_off(site.place.api) if case in {CUT, LATE} else nullcontext()


@contextmanager
def _after(site: Site, case: str) -> Iterator[None]:
    """What goes wrong while the canary has its first share."""
    if case != LOST:
        yield
        return
    networking, name = client.NetworkingV1Api(site.place.api), f"{site.subject.name}-canary"
    with forbidden(site.place.api, site.subject.namespace):
        ask(
            f"Ingress {name}",
            lambda: networking.delete_namespaced_ingress(
                name, site.subject.namespace, _request_timeout=SECONDS
            ),
        )
        yield


def _found(site: Site, stretch: Stretch) -> float:
    """When the release said that something is wrong with its share (epoch)."""

    def says(_: object) -> bool:
        reason = str(site.production.reads.status().get("reason", ""))
        return any(word in reason for word in WORDS)

    stretch.until(says, PATIENCE, "a word about the ignored weight")
    return time.time()


def _back(site: Site, released: Released, weight: int) -> bool:
    """Whether users are led back from this revision on purpose; the weight alone may be 0 before."""
    status = site.production.reads.status()
    stands = (status.get("phase"), status.get("canaryRevision"), weight)
    return stands == ("RollingBack", released.revision, 0) or _rejected(site, released)


def _rejected(site: Site, released: Released) -> bool:
    """Whether the release is over, and was not for this revision."""
    return bool(site.production.reads.status().get("rejectedRevision") == released.revision)


def _record(site: Site, window: Window, end: Outcome, case: str, began: float) -> Record:
    status = site.production.reads.status()
    history = status.get("history") or [{}]
    return {
        "raised": sum(seen.weight > FIRST for seen in window.weights if seen.time < began + LAG),
        "promoted": int(end is Outcome.PROMOTED and case != LATE),
        "outcome": str(end),
        "weights": window.route,
        "requests": len(window.requests),
        "failed": len(window.failed),
        "reason": str(history[-1].get("reason", "")),
    }


ROW = Row(
    name="R7",
    title="the entrance ignores the weight, follows it late, or loses the canary Ingress",
    holds=(
        "found within 60 s at 10 requests/s or more, held, rolled back; never promoted before the proxy has "
        "followed"
    ),
    method=f"""\
{RATE:g} requests/s. *{CLASS}*: a policy of the cluster gives each canary Ingress a class that no proxy
listens to. *{CUT}*: packets between the proxy and the API server are dropped from before the first share
on, so the proxy goes on with the routes that it knows. *{LOST}*: with users on the canary, its Ingress is
deleted and a policy of the cluster lets nobody make another; nobody is on the canary then, and what ends
the release is its deadline, which is {DEADLINE:g} s here instead of 30 min. *{LATE}*: as {CUT}, but only
for {LAG:g} s, and with {MANY:g} requests/s. *{LATE_BACK}*: the same for {LAG_BACK:g} s from when users
are on the canary; then its owner asks for the stable template again, so that the canary's pods are to go.
Found: from the weight on the Ingress until the release itself says what is wrong. Strayed: users whom the
proxy led to the canary after its Ingress carried 0 %.""",
    cases=(*FORWARD, LATE_BACK),
    long=2,
    minutes=2.0,
    open=_open,
    goals=(
        Goal("found", FORWARD, "found_seconds", max, FOUND, "s"),
        Goal("steps forward while the weight was ignored", (), "raised", sum, 0, "steps"),
        Goal("promoted", (), "promoted", sum, 0, "releases"),
        Goal("back on stable", IGNORED, "back_seconds", max, BACK, "s"),
        Goal("promoted when the proxy was late", (LATE,), "forgiven", min, 1, "releases", Bound.AT_LEAST),
        Goal(
            "users of a late proxy after weight 0",
            (LATE_BACK,),
            "strayed",
            min,
            1,
            "requests",
            Bound.AT_LEAST,
        ),
        Goal("requests failed", (), "failed", sum, 0, "requests"),
    ),
    explained={
        "promoted when the proxy was late": (
            "up to commit 7cd9e6a740 what a late proxy had done was never forgiven, and rounds did not tell"
        ),
    },
)
