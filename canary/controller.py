"""The loop: observe everything once, decide, carry out, and say when to look again."""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING

from canary.apply import Ports, carry_out
from canary.core import usage
from canary.core.clocks import resting
from canary.core.decide import decide, stall
from canary.core.model import Observation
from canary.core.schedule import own_moment
from canary.core.windows import watched, windows
from canary.looks import Looks
from canary.ports import (
    ConflictError,
    MetricsQuery,
    NotFoundError,
    RefusedError,
    SerinError,
    UnrecordedError,
)
from canary.workqueue import WorkQueue

if TYPE_CHECKING:
    from canary.core.model import Command, Decision, Reading, RouteState, Spec
    from canary.ports import Release

LOG = logging.getLogger("canary.controller")

# The shortest and the longest pause after failures in a row.
PAUSES = (0.5, 30.0)
REFUSED_PAUSES = (0.5, 5.0)  # what is refused may be an object beside the one that takes users back
CONFLICT_PAUSES = (0.02, 2.0)  # somebody else wrote: usually all is well at the second try
STUCK_SECONDS = 60.0


class Controller:
    """Looks after all releases with a few workers; one release is never at two of them."""

    def __init__(self, ports: Ports, settle: float, workers: int) -> None:
        self.queue = WorkQueue(ports.telemetry.late)
        self._ports, self._settle = ports, settle
        self._looks = Looks(ports.metrics, self.queue.add, 2 * workers)
        self._failures: dict[str, int] = {}
        self._conflicts: dict[str, int] = {}
        self._refusals: dict[str, str] = {}
        self._unrecorded: set[str] = set()
        self._started: dict[str, float] = {}
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(workers)
        ]

    def start(self) -> None:
        """Begin with every release that exists; changes come through `queue`."""
        for release in self._ports.releases.all():
            self.queue.add(release.key)
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """Take no new work and wait at most `seconds` for what is being done."""
        self.queue.close()
        self._looks.close()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:  # told to stop before it could start
                thread.join(max(0.0, deadline - time.monotonic()))

    def alive(self) -> bool:
        """Whether no worker has been busy with one release for a minute."""
        now = time.monotonic()
        return all(now - started < STUCK_SECONDS for started in list(self._started.values()))

    def reconcile(self, key: str) -> float | None:
        """Look after one release once; seconds until it should be looked at again, None for never.

        Raises whatever SerinError the ports raise; everything done so far can be repeated.
        """
        try:
            release = self._ports.lead.claim(self._ports.releases.get(key))
        except NotFoundError:
            self._forget(key)
            return None
        if release.leaving:
            # Its objects may just have been let go, to serve on without it: nothing may claim them again.
            self._forget(key)
            return None
        observation = self._observe(release)
        decision = self._decide(release, observation)
        self._ports.telemetry.decided(release, observation, decision)
        self._carry_out(release, observation, decision)
        self._ports.releases.beat(release)
        self._ports.commands.expire(release)
        return decision.requeue_after

    def _observe(self, release: Release) -> Observation:
        ports = self._ports
        stable, canary = ports.workloads.services(release)
        route = ports.router.observe(release)
        command = ports.commands.next(release)
        return Observation(
            revisions=ports.workloads.revisions(release),
            stable=stable,
            canary=canary,
            route=route,
            reading=self._reading(release, route, command),
            command=command,
            problem=self._refusals.get(release.key, ""),
            unrecorded=release.key in self._unrecorded,
            under_way=len(self._looks),
        )

    def _reading(self, release: Release, route: RouteState, command: Command | None) -> Reading | None:
        """Counters while a release runs; orders and foreign edits do not wait for them."""
        status = release.status
        if release.spec is None or resting(status) or not status.canary_revision:
            self._looks.forget(release.key)
            return None
        query = self._query(release, release.spec, route.port)
        hurry = command is not None or route.weight != status.weight
        return self._looks.look(release.key, query, hurry=hurry)

    def _query(self, release: Release, spec: Spec, port: str) -> MetricsQuery:
        now = self._ports.clock.now()
        view, only = windows(release.status, now, self._settle), watched(release.status)
        return MetricsQuery(
            namespace=release.namespace,
            release=release.name,
            router=spec.route.kind,
            route=spec.route.name,
            port=port,
            stable_revision=release.status.stable_revision,
            canary_revision=release.status.canary_revision,
            within=spec.rules.latency.within if spec.rules.latency and not only else None,
            application=spec.application,
            since=view.since,
            exposed=view.exposed,
            step=view.step,
            settled=view.settled,
            recent=view.recent,
            now=now,
            resources=not only and usage.due(spec.rules, view.exposed, now),
            only=only,
        )

    def _decide(self, release: Release, observation: Observation) -> Decision:
        if release.spec is None:
            generation = int((release.raw or {}).get("metadata", {}).get("generation", 0))
            return stall(release.status, release.problem, generation)
        return decide(release.spec, release.status, observation, self._ports.clock.now(), self._settle)

    def _carry_out(self, release: Release, observation: Observation, decision: Decision) -> None:
        """Remember what the API server refuses: the next loop shows it as the release's problem.

        Without a journal a release is looked at as often as ever: it may have to go back. Whoever has been
        refused something has looked after the release all the same, unless users stay where they must leave.
        A release that has moved on in spite of it does not wait for its next move as long as one that stands.
        """
        try:
            carry_out(self._ports, release, observation, decision)
        except UnrecordedError as error:
            LOG.warning("%s", error, extra={"release": release.key})
            self._unrecorded.add(release.key)
            self._remember(release.key, str(error))
        except RefusedError as error:
            self._remember(release.key, str(error))
            if decision.status.phase is not release.status.phase:
                self._failures.pop(release.key, None)
            if (observation.route.weight or 0) <= decision.status.weight:
                self._ports.releases.beat(release)
            raise
        else:
            self._recovered(release.key, decision)

    def _remember(self, key: str, refusal: str) -> None:
        if self._refusals.get(key) != refusal:
            self._refusals[key] = refusal
            self.queue.add(key)

    def _recovered(self, key: str, decision: Decision) -> None:
        """Forget a refusal; that the journal can be written again is known from writing a look."""
        running = decision.status.checkpoint is not None
        if key in self._unrecorded and running and decision.look is None:
            return
        self._unrecorded.discard(key)
        if self._refusals.pop(key, ""):
            self.queue.add(key)

    def _forget(self, key: str) -> None:
        self._looks.forget(key)
        self._refusals.pop(key, None)
        self._unrecorded.discard(key)
        self._ports.telemetry.forgotten(key)

    def _work(self) -> None:
        while (key := self.queue.take()) is not None:
            self._started[key] = started = time.monotonic()
            after, failure = self._attempt(key)
            self._ports.telemetry.looped(time.monotonic() - started, failure)
            del self._started[key]
            self.queue.done(key)
            if after is not None:
                self.queue.add(key, own_moment(key, after, time.monotonic()))

    def _attempt(self, key: str) -> tuple[float | None, str]:
        """One loop over one release: when to come back, and the kind of failure if there was one."""
        try:
            after = self.reconcile(key)
        except ConflictError as error:
            LOG.info("%s", error, extra={"release": key})
            return self._pause(key, self._conflicts, CONFLICT_PAUSES), "conflict"
        except SerinError as error:
            LOG.warning("%s", error, extra={"release": key})
            pauses = REFUSED_PAUSES if isinstance(error, RefusedError) else PAUSES
            return self._pause(key, self._failures, pauses), type(error).__name__.removesuffix(
                "Error"
            ).lower()
        except Exception:
            # A defect met by one release must not end the care for all others.
            LOG.exception("defect in the loop", extra={"release": key})
            return self._pause(key, self._failures, PAUSES), "defect"
        self._failures.pop(key, None)
        self._conflicts.pop(key, None)
        return after, ""

    def _pause(self, key: str, counted: dict[str, int], pauses: tuple[float, float]) -> float:
        """Longer with each failure in a row, and never the same for two releases."""
        count = counted[key] = counted.get(key, 0) + 1
        shortest, longest = pauses
        return float(min(longest, shortest * 2 ** min(count - 1, 10))) * random.uniform(0.5, 1.0)  # noqa: S311
