"""The controller's own metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from canary.core.model import Phase

if TYPE_CHECKING:
    from canary.core.model import Decision, Observation
    from canary.ports import Release

PLACE = ("namespace", "release")


class PrometheusTelemetry:
    """Counters and gauges in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._phase = self._gauge("phase", "1 for the phase a release is in.", "phase")
        self._asked = self._gauge("weight_asked", "Percent of users the canary shall have.")
        self._set = self._gauge("weight_observed", "Percent of users the route object gives the canary.")
        self._seen = self._gauge("weight_seen", "Percent of users that reached the canary in traffic.")
        self._notes = Counter(
            "canary_decisions", "Decisions told as events.", [*PLACE, "reason"], registry=self._registry
        )
        self._loops = Histogram(
            "canary_loop_seconds",
            "Time one loop over one release took.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self._registry,
        )
        self._failures = Counter(
            "canary_loop_failures", "Loops that ended early.", ["kind"], registry=self._registry
        )

    def decided(self, release: Release, observation: Observation, decision: Decision) -> None:
        place = (release.namespace, release.name)
        for phase in Phase:
            self._phase.labels(*place, phase).set(phase is decision.status.phase)
        self._asked.labels(*place).set(decision.status.weight)
        self._set.labels(*place).set(observation.route.weight or 0)
        if decision.status.observed_weight is not None:
            self._seen.labels(*place).set(decision.status.observed_weight)
        for note in decision.notes:
            self._notes.labels(*place, note.reason).inc()

    def looped(self, seconds: float, failure: str) -> None:
        self._loops.observe(seconds)
        if failure:
            self._failures.labels(failure).inc()

    def forgotten(self, key: str) -> None:
        namespace, _, name = key.partition("/")
        mine = {"namespace": namespace, "release": name}
        for gauge in (self._phase, self._asked, self._set, self._seen, self._notes):
            gauge.remove_by_labels(mine)

    def page(self) -> bytes:
        """Everything in the text format that Prometheus scrapes."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"canary_release_{name}", text, [*PLACE, *labels], registry=self._registry)
