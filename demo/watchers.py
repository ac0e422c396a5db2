"""Watches of the running system from outside: the Ingress objects, the proxy's counters, the users' log."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import urllib3
from kubernetes import client, watch
from kubernetes.client.exceptions import ApiException

from delivery.errors import StepError
from demo import edge
from demo.observed import EdgeSeen, WeightSeen, Window
from loadtest.records import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from demo.reads import Subject
    from loadtest.records import Record

WEIGHT = "nginx.ingress.kubernetes.io/canary-weight"
ASKED = 5  # seconds for a list
RENEWED = 10  # seconds that a watch lasts
TOLERATED = 20.0  # seconds a watch may be without an answer before what it saw no longer counts


class Watcher:
    """One watch on a thread of its own: `look` is repeated, and may fail for a while but not for long.

    A look that goes on for long says itself when it is answered: only its end would say it too late.
    """

    def __init__(self, what: str, look: Callable[[threading.Event], None], pause: float) -> None:
        self._what = what
        self._look = look
        self._pause = pause
        self._stopping = threading.Event()
        self._answered = time.monotonic()
        self._cause = ""
        self._thread = threading.Thread(target=self._main, name=f"watch {what}", daemon=True)

    def start(self) -> None:
        """Begin to look; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def answered(self) -> None:
        """What was asked has been answered just now."""
        self._answered, self._cause = time.monotonic(), ""

    def check(self) -> None:
        """Raise StepError when this watch has been blind for too long to be believed."""
        silent = time.monotonic() - self._answered
        if self._cause and silent > TOLERATED:
            raise StepError(
                f"{self._what}: no answer for {silent:.0f} s: {self._cause}: look at `make status`"
            )

    def _main(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look(self._stopping)
            except (ApiException, urllib3.exceptions.HTTPError, OSError) as error:
                self._cause = f"{type(error).__name__}: {error}".splitlines()[0][:160]
            else:
                self.answered()
            self._stopping.wait(self._pause)


class Announcements(Watcher):
    """Every state of one object, as the API server announces it; `note` gets it, or None when it is gone.

    `listing` is a method of a client that lists objects, `where` what it needs before the name.
    """

    def __init__(
        self,
        what: str,
        listing: Callable[..., Any],
        where: Sequence[str],
        name: str,
        note: Callable[[Any], None],
    ) -> None:
        self._listing, self._where, self._note = listing, where, note
        self._only = {"field_selector": f"metadata.name={name}"}
        super().__init__(what, self._follow, 0.1)

    def _follow(self, stopping: threading.Event) -> None:
        found, version = _listed(self._listing(*self._where, **self._only, _request_timeout=ASKED))
        self.answered()
        for each in found or [None]:
            self._note(each)
        changes = watch.Watch()
        for event in changes.stream(
            self._listing, *self._where, **self._only, resource_version=version, timeout_seconds=RENEWED
        ):
            self._note(None if event["type"] == "DELETED" else event["object"])
            if stopping.is_set():
                changes.stop()


def _listed(found: Any) -> tuple[list[Any], str]:
    """What was found, and as of when: clients give dictionaries of kinds that they do not know."""
    if isinstance(found, dict):
        return found["items"], found["metadata"]["resourceVersion"]
    return found.items, found.metadata.resource_version


class Weights:
    """Every weight that the canary Ingress carries."""

    def __init__(self, api: Any, subject: Subject) -> None:
        listing = client.NetworkingV1Api(api).list_namespaced_ingress
        where, name = (subject.namespace,), f"{subject.name}-canary"
        self.seen: list[WeightSeen] = []
        self.watcher = Announcements("canary Ingress", listing, where, name, self._note)

    @property
    def now(self) -> int:
        """The weight that stands."""
        return self.seen[-1].weight if self.seen else 0

    def _note(self, ingress: Any) -> None:
        weight = weight_on(ingress) if ingress else 0
        if not self.seen or self.now != weight:
            self.seen.append(WeightSeen(time.time(), weight))


class Edge:
    """The proxy's counters, read once a second."""

    def __init__(self, url: str, subject: Subject) -> None:
        self._url = url
        self._subject = subject
        self._http = urllib3.PoolManager(timeout=3.0, retries=False)
        self._tally = edge.Tally()
        self.seen: list[EdgeSeen] = []
        self.watcher = Watcher("Traefik's counters", self._look, 1.0)

    def _look(self, _: threading.Event) -> None:
        answer = self._http.request("GET", self._url)
        if answer.status != 200:
            raise urllib3.exceptions.HTTPError(f"{self._url}: status {answer.status}")
        page = answer.data.decode("utf-8", "replace")
        self._tally.add(edge.counters(page, self._subject.namespace, self._subject.name))
        total = self._tally.total
        self.seen.append(EdgeSeen(time.time(), total[edge.Role.STABLE], total[edge.Role.CANARY]))


class Users:
    """The users' requests, as the traffic process writes them down one by one."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = 0
        self.seen: list[Record] = []
        self.watcher = Watcher("user traffic log", self._look, 0.25)

    def _look(self, _: threading.Event) -> None:
        with self._log.open(encoding="utf-8") as log:
            log.seek(self._offset)
            while (line := log.readline()).endswith("\n"):
                self.seen.append(parse(line))
                self._offset = log.tell()


class Eyes:
    """All three watches, and the windows cut out of what they saw."""

    def __init__(self, weights: Weights, edge_counters: Edge, users: Users) -> None:
        self.weights = weights
        self.edge = edge_counters
        self.users = users

    def open(self) -> None:
        """Start to watch."""
        for each in self._watchers():
            each.start()

    def close(self) -> None:
        """Watch no more."""
        for each in self._watchers():
            each.stop()

    def check(self) -> None:
        """Raise StepError when one of the watches can no longer be believed."""
        for each in self._watchers():
            each.check()

    def window(self, first: float, last: float) -> Window:
        """What was seen between two times."""
        everything = Window(
            first, last, tuple(self.weights.seen), tuple(self.edge.seen), tuple(self.users.seen)
        )
        return everything.between(first, last)

    def _watchers(self) -> tuple[Watcher, ...]:
        return (self.weights.watcher, self.edge.watcher, self.users.watcher)


def weight_on(ingress: Any) -> int:
    """The weight that a canary Ingress carries; 0 when it has none."""
    annotations = ingress.metadata.annotations or {}
    return int(annotations.get(WEIGHT, "0"))
