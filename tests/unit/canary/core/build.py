"""Short ways to write down specs, looks and states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from canary.core.margin import Tally
from canary.core.model import (
    Block,
    Command,
    Counts,
    ErrorRule,
    Evidence,
    LatencyRule,
    Observation,
    Pair,
    Phase,
    Reading,
    RevisionState,
    RouteState,
    Rules,
    ServiceState,
    Spec,
    Status,
    Step,
    Verb,
    Verdict,
    View,
)
from canary.core.spec import parse

NOW = 1_700_000_000.0
SETTLE = 1.0
OLD, NEW, OTHER = "0ld0000000", "0e30000000", "07e0000000"
EDGES = {View.EDGE: (0.1, 0.25, 0.5), View.APPLICATION: (0.1, 0.25, 0.5)}


def manifest(**spec: Any) -> dict[str, Any]:
    """A CanaryRelease object; keyword arguments replace fields of its spec."""
    fields = {
        "replicas": 2,
        "template": {"spec": {"containers": [{"name": "service", "image": "service:1"}]}},
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        "traffic": {"router": "ingress", "ingress": "forecast"},
        "steps": [{"weight": 10, "hold": "10s"}, {"weight": 50, "hold": "10s"}, {"weight": 100}],
        "rules": {
            "errors": {"max": "1%", "tolerance": "0%"},
            "latency": {"within": "250ms", "for": "99%", "tolerance": "2%"},
        },
    }
    return {
        "metadata": {"name": "forecast", "namespace": "production", "generation": 3},
        "spec": fields | spec,
    }


def spec_of(revision: str = NEW, **fields: Any) -> Spec:
    """The usual spec with a readable revision; keyword arguments replace fields of the result."""
    return replace(parse(manifest()), revision=revision, **fields)


def pods(revision: str, ready: int = 2, **fields: Any) -> RevisionState:
    return RevisionState(revision, fields.pop("replicas", ready), ready, **fields)


def both(canary: Counts, stable: Counts) -> dict[View, Pair]:
    return {view: Pair(canary, stable) for view in View}


def reading(canary: Counts | None = None, stable: Counts | None = None, weight: int = 10) -> Reading:
    """A good reading at `weight`, with evidence enough for any step, unless told otherwise."""
    sides = canary or answers(1000 * weight), stable or answers(100_000 - 1000 * weight)
    pair = both(*sides)
    split = Pair(Counts(10 * weight), Counts(1000 - 10 * weight))
    blocks = {view: (Block(NOW - 5, NOW, *sides),) for view in View}
    return Reading(latest=NOW, blocks=blocks, step=pair, recent=pair, split=split, edges=EDGES)


def answers(requests: int, errors: int = 0, slow: int = 0) -> Counts:
    """So many answers, of which so many were bad and so many slower than the limit."""
    return Counts(requests, errors, requests, slow, (slow, slow))


def look(weight: int | None = 0, canary: str = NEW, **fields: Any) -> Observation:
    """A world in which everything is in place for `weight`."""
    seen = Observation(
        revisions={OLD: pods(OLD, created=1.0), NEW: pods(NEW, created=2.0)},
        stable=ServiceState(OLD, settled=True),
        canary=ServiceState(canary, settled=True),
        route=RouteState(weight),
        reading=reading(weight=weight or 0),
    )
    return replace(seen, **fields)


def on_step(weight: int = 10, step: int = 0, **fields: Any) -> Status:
    """A release of NEW against OLD that has stood at `weight` for 20 s."""
    status = Status(
        phase=Phase.PROGRESSING,
        stable_revision=OLD,
        canary_revision=NEW,
        stable_route=OLD,
        canary_route=NEW,
        weight=weight,
        weight_confirmed=NOW - 20,
        settled_since=NOW - 20,
        step=step,
        started=NOW - 40,
        progress_at=NOW - 20,
        exposed_at=NOW - 30,
        exposed_share=10,
        replicas=2,
    )
    return replace(status, **fields)


def promoting(**fields: Any) -> Status:
    defaults: dict[str, Any] = {"weight": 100, "step": 2, "phase": Phase.PROMOTING}
    return on_step(**defaults | fields)


def preparing(**fields: Any) -> Status:
    defaults: dict[str, Any] = {"phase": Phase.PREPARING, "exposed_at": 0.0, "exposed_share": 0}
    return on_step(weight=0, **defaults | fields)


def rolling_back(**fields: Any) -> Status:
    cause = {"rollback_cause": "RuleFailed", "rollback_by": "canary-controller", "reason": "it failed"}
    begun = {"phase": Phase.ROLLING_BACK, "progress_at": NOW - 21}
    return on_step(weight=0, **begun | cause | fields)


def healthy(stable: str = OLD, **fields: Any) -> Status:
    status = Status(
        stable_revision=stable,
        stable_route=stable,
        canary_route=stable,
        weight_confirmed=NOW - 100,
        replicas=2,
    )
    return replace(status, **fields)


def rolled_back(**fields: Any) -> Status:
    return healthy(phase=Phase.ROLLED_BACK, rejected_revision=NEW, reason="it failed", **fields)


def order(verb: Verb, **fields: Any) -> Command:
    return Command("forecast-order-1", verb, "ann", **fields)


def row(verdict: Verdict, rule: str = "errors", requests: int = 100, **fields: Any) -> Evidence:
    return Evidence(rule, View.EDGE, verdict, Tally(requests, 1, 900, 0), "as counted", **fields)


ERRORS = ErrorRule(max=0.01, tolerance=0.0)
LATENCY = LatencyRule(within=0.25, share=0.99, tolerance=0.02)
RULES = Rules(ERRORS, LATENCY, 0.99, 0.005)
STEPS = (Step(10, 10.0), Step(50, 10.0), Step(100))
