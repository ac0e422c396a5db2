"""A small cluster in memory: pods that need time to start, a proxy that lags, users, counters, scrapes.

Each loop of the controller reads everything, decides with a status that has been through JSON (as
after a restart), and applies the target. Users are counted by the revision that answered them.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from canary.core.codec import status_from_json, status_to_json
from canary.core.decide import decide
from canary.core.intents import target
from canary.core.model import (
    Block,
    Command,
    Counts,
    Decision,
    Observation,
    Pair,
    Phase,
    Reading,
    RevisionState,
    RouteState,
    ServiceState,
    Spec,
    Status,
    Usages,
    Verb,
    View,
)
from canary.core.spec import parse
from canary.core.windows import LATELY, Windows, watched, windows

from .build import EDGES, NOW, SETTLE, manifest

Scrape = tuple[float, dict[str, Counts], dict[str, Counts]]

BEAT = 0.1
SCRAPE = 5.0
START_SECONDS = 3.0
PROXY_SECONDS = 0.4


@dataclass
class Pods:
    """One revision's pods and how they answer."""

    asked: int = 0
    asked_at: float = 0.0
    ready: int = 0
    created: float = 0.0
    restarts: int = 0
    broken: bool = False


@dataclass
class World:
    """One release and its users."""

    rate: float = 100.0
    errors: dict[str, float] = field(default_factory=dict)
    metrics_up: bool = True
    usages: Usages | None = None
    proxy_obeys: bool = True
    proxy_connected: bool = True
    now: float = NOW
    manifest: dict[str, Any] = field(default_factory=manifest)
    stored: dict[str, Any] = field(default_factory=dict)
    pods: dict[str, Pods] = field(default_factory=dict)
    selectors: tuple[str, str] = ("", "")
    selected_at: float = 0.0
    weight: int | None = None
    foreign: str = ""
    command: Command | None = None
    decisions: list[Decision] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    last_answer: dict[str, float] = field(default_factory=dict)
    unanswered: int = 0
    _edge: dict[str, Counts] = field(default_factory=dict)
    _app: dict[str, Counts] = field(default_factory=dict)
    _scrapes: list[Scrape] = field(default_factory=list)
    _proxy: list[tuple[float, int, tuple[str, str]]] = field(default_factory=list)
    _users: float = 0.0
    _turn: float = 0.0
    _bad: dict[str, float] = field(default_factory=dict)

    # --- what the tests do and ask ---------------------------------------------------------

    @property
    def status(self) -> Status:
        return status_from_json(self.stored)

    @property
    def spec(self) -> Spec:
        return parse(self.manifest)

    def upgrade(self, image: str, **fields: Any) -> str:
        """Write a new template, as `helm upgrade` does; the revision comes back."""
        self.manifest = manifest(
            template={"spec": {"containers": [{"name": "service", "image": image}]}},
            **{key: value for key, value in self.manifest["spec"].items() if key != "template"} | fields,
        )
        return self.spec.revision

    def order(self, verb: Verb, **fields: Any) -> str:
        """Give an order and answer with its acknowledgement."""
        self.command = Command("order", verb, "ann", **fields)
        answer = self.loop().acknowledgement
        assert answer is not None
        return answer.message if answer.accepted else f"REFUSED {answer.message}"

    def run(self, seconds: float, until: Phase | None = None) -> float:
        """Let `seconds` pass, or fewer if a loop reaches the phase sooner; how many it took."""
        begun, reached = self.now, False
        while self.now < begun + seconds and not reached:
            decision = self.loop()
            reached = decision.status.phase is until
            self._pass(decision.requeue_after)
        assert until is None or self.status.phase is until, f"{self.status.phase}: {self.status.reason}"
        return self.now - begun

    def run_to_weight(self, weight: int) -> None:
        """Let time pass until users are asked for at this weight and the proxy has followed."""
        end = self.now + 600
        while self.status.weight != weight:
            assert self.now < end, self.status.reason
            self._pass(self.loop().requeue_after)
        self.run(2.0)

    # --- one loop ------------------------------------------------------------------------------

    def loop(self) -> Decision:
        spec, status = self.spec, self.status
        seen = self._observe(status)
        decision = decide(spec, status, seen, self.now, SETTLE)
        self.command = None
        self.decisions.append(decision)
        before = self.stored.get("conditions", [])
        written = status_to_json(decision.status, spec.name, before, self.now)
        self.stored = json.loads(json.dumps(written))
        assert self.status == decision.status, "a restart must not change what is known"
        assert len(json.dumps(written)) < 16 * 1024
        self._apply(decision.status, spec, seen)
        return decision

    def _observe(self, status: Status) -> Observation:
        states = {
            name: RevisionState(name, pods.asked, pods.ready, pods.restarts, "", pods.created)
            for name, pods in self.pods.items()
        }
        settled = self.now - self.selected_at >= PROXY_SECONDS
        stable, canary = (ServiceState(name, settled and bool(name)) for name in self.selectors)
        seen = self._read(status) if self.metrics_up else None
        route = RouteState(self.weight, self.foreign)
        return Observation(states, stable, canary, route, seen, self.command)

    def _apply(self, status: Status, spec: Spec, seen: Observation) -> None:
        goal = target(spec, status, seen.revisions)
        for name in set(self.pods) - set(goal.replicas):
            del self.pods[name]
        for name, size in goal.replicas.items():
            if name not in self.pods and name != spec.revision:
                continue
            pods = self.pods.setdefault(name, Pods(created=self.now))
            if pods.asked != size:
                pods.asked, pods.asked_at = size, self.now
                pods.ready = min(pods.ready, size)
        if self.selectors != (goal.stable_route, goal.canary_route):
            self.selectors, self.selected_at = (goal.stable_route, goal.canary_route), self.now
            self._change()
        if self.weight != goal.weight:
            self.set_weight(goal.weight)

    def set_weight(self, weight: int, manager: str = "") -> None:
        """Write the weight on the route, as the controller or somebody else."""
        self.weight, self.foreign = weight, manager
        self.weights.append(weight)
        self._change()

    def lose_route(self) -> None:
        """Delete the canary's route."""
        self.weight = None
        self._change()

    def lose_service(self, role: int) -> None:
        """Delete the Service of stable (0) or canary (1)."""
        stable, canary = self.selectors
        self.selectors = ("", canary) if role == 0 else (stable, "")
        self._change()

    def scale(self, revision: str, size: int) -> None:
        """Change the size of a Deployment."""
        self.pods[revision].asked, self.pods[revision].asked_at = size, self.now
        self.pods[revision].ready = min(self.pods[revision].ready, size)

    def connect_proxy(self) -> None:
        """Let the proxy see again what stands in the API server, after `proxy_connected` was False."""
        self.proxy_connected = True
        self._change()

    def _change(self) -> None:
        if self.proxy_connected:
            self._proxy.append((self.now + PROXY_SECONDS, self.weight or 0, self.selectors))

    # --- time, users, counters -----------------------------------------------------------------

    def _pass(self, seconds: float) -> None:
        end = self.now + min(seconds, 1.0)
        while self.now < end:
            self._beat()
            self.now = round(self.now + BEAT, 3)

    def _beat(self) -> None:
        for pods in self.pods.values():
            if not pods.broken and self.now - pods.asked_at >= START_SECONDS:
                pods.ready = pods.asked
        self._users += self.rate * BEAT
        while self._users >= 1:
            self._users -= 1
            self._request()
        if not self._scrapes or self.now - self._scrapes[-1][0] >= SCRAPE - BEAT / 2:
            self._scrapes.append((self.now, dict(self._edge), dict(self._app)))

    def _request(self) -> None:
        in_force = [change for change in self._proxy if change[0] <= self.now]
        _, weight, (stable, canary) = in_force[-1] if in_force else (0.0, 0, ("", ""))
        self._turn += (weight if self.proxy_obeys else 0) / 100
        role, revision = ("stable", stable)
        if self._turn >= 1:
            self._turn -= 1
            if self._alive(canary) or not self.proxy_connected:  # cut off, it does not know who is alive
                role, revision = "canary", canary
        if not self._alive(revision):
            self.unanswered += 1
            return
        self._count(role, revision)

    def _alive(self, revision: str) -> bool:
        return revision in self.pods and self.pods[revision].ready > 0

    def _count(self, role: str, revision: str) -> None:
        self.answers[revision] = self.answers.get(revision, 0) + 1
        self.last_answer[revision] = self.now
        due = self._bad.get(revision, 0.0) + self.errors.get(revision, 0.0)
        self._bad[revision] = due - int(due)
        for counters, key in ((self._edge, role), (self._app, revision)):
            old = counters.get(key, Counts())
            counters[key] = replace(old, requests=old.requests + 1, errors=old.errors + int(due))

    def _read(self, status: Status) -> Reading:
        asked, led = windows(status, self.now, SETTLE), watched(status) or View.EDGE
        first = bisect_left(self._scrapes, asked.settled, key=lambda scrape: scrape[0])
        lately = bisect_left(self._scrapes, self.now - LATELY, key=lambda scrape: scrape[0])
        return Reading(
            latest=self._scrapes[-1][0] if self._scrapes else 0.0,
            blocks={view: self._blocks(status, view, asked) for view in View},
            step=self._pairs(status, asked.step),
            recent=self._pairs(status, asked.recent),
            split=self._pairs_from(status, first)[led],
            lately=self._pairs_from(status, max(first, lately))[led],
            edges=EDGES,
            usages=self.usages,
        )

    def _blocks(self, status: Status, view: View, asked: Windows) -> tuple[Block, ...]:
        """One tick between each two scrapes after what was taken in; before its first user, no canary."""
        found = []
        for before, after in pairwise(self._scrapes):
            if after[0] > asked.since[view]:
                pair = _between(status, before, after)[view]
                mine = pair.canary if 0 < asked.exposed < after[0] else Counts()
                found.append(Block(before[0], after[0], _timed(mine), _timed(pair.stable)))
        return tuple(found)

    def _pairs(self, status: Status, start: float) -> dict[View, Pair]:
        last_before = bisect_right(self._scrapes, start, key=lambda scrape: scrape[0]) - 1
        return self._pairs_from(status, max(0, last_before))

    def _pairs_from(self, status: Status, index: int) -> dict[View, Pair]:
        if index >= len(self._scrapes):
            return {View.EDGE: Pair(), View.APPLICATION: Pair()}
        return _between(status, self._scrapes[index], self._scrapes[-1])


def _between(status: Status, first: Scrape, last: Scrape) -> dict[View, Pair]:
    (_, edge_a, app_a), (_, edge_b, app_b) = first, last
    canary, stable = status.canary_revision, status.stable_revision
    return {
        View.EDGE: Pair(_delta(edge_a, edge_b, "canary"), _delta(edge_a, edge_b, "stable")),
        View.APPLICATION: Pair(_delta(app_a, app_b, canary), _delta(app_a, app_b, stable)),
    }


def _timed(counts: Counts) -> Counts:
    return replace(counts, timed=counts.requests, lower=(0, 0))


def _delta(first: dict[str, Counts], last: dict[str, Counts], key: str) -> Counts:
    a, b = first.get(key, Counts()), last.get(key, Counts())
    return Counts(b.requests - a.requests, b.errors - a.errors)


def serving(**fields: Any) -> tuple[World, str]:
    """A world whose first revision serves its users."""
    world = World(rate=0.0)
    old = world.spec.revision
    world.run(60, until=Phase.HEALTHY)
    for name, value in {"rate": 100.0, **fields}.items():
        setattr(world, name, value)
    world.run(10)
    return world, old
