"""A release that is measured: the forecast chart with its production values, in a namespace of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.namespace import ensure, remove
from benchmarks.cluster.stretch import Stretch
from delivery import asking, children
from delivery.children import ROOT
from delivery.errors import StepError
from demo.production import Production
from demo.reads import Subject
from demo.traffic import Traffic, clear_remains
from demo.watchers import Weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.place import Place, Say

NAME = "forecast"  # of the release, as of its chart
FOLDER = ROOT / "build" / "bench" / "sites"
MEMORY_KIB = 192 * 1024  # what a pod of the chart requests
PATIENCE = 180.0  # seconds for the release to come to rest

Settings = tuple[str, ...]


class StandstillError(StepError):
    """The release cannot be brought to where a round starts: what would follow is no measurement."""


@dataclass(frozen=True, slots=True)
class Released:
    """A revision on its way. `changed` is the time (epoch) just before helm was started."""

    revision: str
    settings: Settings
    changed: float


class Site:
    """The release, its users and its route; every round begins with `require`."""

    def __init__(self, place: Place, say: Say, namespace: str) -> None:
        self.place, self.say = place, say
        self.subject = Subject(namespace, NAME)
        self.host = f"{namespace}.serin.test"
        self.folder = FOLDER / namespace
        self.opened = time.time()
        self.stable = ""
        self.production = Production(place.cluster, place.images.service, say, self.subject)
        self.weights = Weights(place.api, self.subject)
        self._variants = count(1)
        self._kind: Settings = ()
        self._standing: Settings = ()
        self._asked: Settings = ()

    def open(self) -> None:
        """Remove what an aborted run has left, and begin to watch the route."""
        clear_remains(self.folder)
        ensure(self.place.api, self.subject.namespace)
        self.weights.watcher.start()

    def close(self) -> None:
        """Remove the release with its namespace; the cluster stays."""
        self.weights.watcher.stop()
        self.production.remove()
        remove(self.place.api, self.subject.namespace)

    def leave(self) -> None:
        """Remove the namespace with everything in it; waits for nothing."""
        self.weights.watcher.stop()
        remove(self.place.api, self.subject.namespace)

    def spec(self) -> dict[str, Any]:
        """Steps, rules and windows of the release as the API server keeps them."""
        stored = self.production.reads.release()["spec"]
        return {key: stored[key] for key in ("replicas", "steps", "rules", "rollbackWindow", "budget")}

    def require(self, *kind: str) -> None:
        """Bring a stable revision of this kind to rest, all users on it. Raises StandstillError."""
        try:
            if kind == self._kind:
                self._restore()
            else:
                self._install(kind)
        except StandstillError:
            raise
        except StepError as error:
            raise StandstillError(str(error)) from error

    def release(self, *kind: str) -> Released:
        """Release a new revision of this kind by `helm upgrade`; returns when its Deployment is there."""
        known = self.production.reads.revisions()
        settings, changed = self._variant(kind), time.time()
        self._upgrade(settings)
        return Released(self.production.await_new_revision(known), settings, changed)

    def withdraw(self) -> None:
        """Ask for the stable template again, while another is on its way; returns at once."""
        self._upgrade(self._standing)

    def attempt(self, kind: Settings, *options: str) -> tuple[Settings, children.Answer]:
        """Release a new revision by `helm upgrade` with options; what helm said, whatever it came to."""
        settings = self._variant(kind)
        return settings, self.upgrade(settings, *options)

    def upgrade(self, settings: Settings, *options: str) -> children.Answer:
        """`helm upgrade` with exactly these settings and options; what helm said, whatever it came to."""
        self._asked = settings
        chart = str(ROOT / "helm" / self.subject.name)
        words = ("upgrade", self.subject.name, chart, *self.production.values(*settings), *options)
        return self.helm(*words)

    def helm(self, *words: str) -> children.Answer:
        """One helm command in the namespace of the release."""
        command = [self.place.cluster.tool("helm"), "-n", self.subject.namespace, *words]
        return children.attempt(f"helm {words[0]}", command, self.say, self.place.cluster.env)

    def kubectl(self, *words: str) -> children.Answer:
        """One kubectl command in the namespace of the release."""
        command = [self.place.cluster.tool("kubectl"), "-n", self.subject.namespace, *words]
        return children.attempt(f"kubectl {words[0]}", command, self.say, self.place.cluster.env)

    def adopt(self, released: Released) -> None:
        """Take note that this revision has been promoted."""
        self.promoted(released.revision, released.settings)

    def promoted(self, revision: str, settings: Settings) -> None:
        """Take note that the revision of these settings serves everybody."""
        self.stable, self._standing = revision, settings

    @contextmanager
    def users(self, rate: float) -> Iterator[Stretch]:
        """Let users ask `rate` times a second while the route is watched. Raises StandstillError."""
        traffic = Traffic(self.place.addresses.entry, self.host, rate, self.folder)
        stretch = Stretch(traffic, self.weights, self.production.reads)
        try:
            try:
                traffic.start()
                stretch.await_users()
            except StepError as error:
                raise StandstillError(str(error)) from error
            yield stretch
        finally:
            traffic.stop()

    def _install(self, kind: Settings) -> None:
        self._kind, self._standing = kind, self._variant(kind)
        self.production.remove()
        self._upgrade(self._standing)
        self.stable = self.production.await_new_revision(set())
        self._rest()
        asking.forecast(self.place.addresses.entry, self.host, "Dubai Mall", "2025-12", patience=60)

    def _restore(self) -> None:
        if self._asked != self._standing:
            self.withdraw()
        self._rest()

    def _rest(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not at_rest(stored := self.production.reads.release(), self.stable):
            if time.monotonic() > deadline:
                reason = stored.get("status", {}).get("reason", "no reason given")
                what = f"not at rest on revision {self.stable} within {PATIENCE:.0f} s"
                raise StandstillError(f"{self.subject.namespace}: {what}: {reason}")
            time.sleep(0.5)

    def _upgrade(self, settings: Settings) -> None:
        self._asked = settings
        self.production.upgrade(*settings)

    def _variant(self, kind: Settings) -> Settings:
        """Make a template that no round had before: one KiB more memory is asked for, and nothing else."""
        memory = f'resources.requests.memory="{MEMORY_KIB + next(self._variants)}Ki"'
        return (f'ingress.host="{self.host}"', memory, *kind)


def at_rest(stored: dict[str, Any], revision: str) -> bool:
    """Whether the controller has looked at the newest spec, and this revision serves everybody."""
    status = stored.get("status", {})
    looked = status.get("observedGeneration") == stored.get("metadata", {}).get("generation")
    serving = (status.get("phase"), status.get("stableRevision"), status.get("weight"))
    return looked and serving == ("Healthy", revision, 0)
