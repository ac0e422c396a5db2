"""Mistakes in a CanaryRelease, and the field that every refusal must name."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

GOOD: Manifest = {
    "apiVersion": "canary.serin.dev/v1alpha1",
    "kind": "CanaryRelease",
    "metadata": {"name": "forecast"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "forecast"}},
            "spec": {"containers": [{"name": "service", "image": "localhost/serin/service:1"}]},
        },
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        "traffic": {"router": "ingress", "ingress": "forecast"},
        "steps": [{"weight": 10, "hold": "10s"}, {"weight": 100}],
        "rules": {"errors": {"max": "1%"}, "latency": {"within": "250ms", "for": "99%"}},
    },
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """`path` is set to `value` (None removes it); `cel` when only the API server's CEL rules see it."""

    title: str
    path: tuple[str | int, ...]
    value: Any
    field: str
    cel: bool = False

    def made(self) -> Manifest:
        """A good release with this one mistake."""
        manifest = copy.deepcopy(GOOD)
        parent: Any = manifest
        for key in self.path[:-1]:
            parent = parent[key]
        if self.value is None:
            del parent[self.path[-1]]
        else:
            parent[self.path[-1]] = self.value
        return manifest


OWN = {"histogram": "seconds", "status": "status"}
STEPS, RULES, TRAFFIC = ("spec", "steps"), ("spec", "rules"), ("spec", "traffic")
HTTPROUTE = {"router": "httproute", "httproute": "forecast"}

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "steps that fall", STEPS, [{"weight": 50}, {"weight": 25}, {"weight": 100}], "spec.steps", cel=True
    ),
    Mistake(
        "steps that stay", STEPS, [{"weight": 50}, {"weight": 50}, {"weight": 100}], "spec.steps", cel=True
    ),
    Mistake("steps that end early", STEPS, [{"weight": 10}, {"weight": 50}], "spec.steps", cel=True),
    Mistake("approval at the end", STEPS, [{"weight": 100, "approval": True}], "spec.steps", cel=True),
    Mistake("no steps", STEPS, [], "spec.steps"),
    Mistake("too many steps", STEPS, [{"weight": w} for w in (*range(1, 21), 100)], "spec.steps"),
    Mistake("a weight over 100", (*STEPS, 0, "weight"), 101, "spec.steps[0].weight"),
    Mistake("a weight of nothing", (*STEPS, 0, "weight"), 0, "spec.steps[0].weight"),
    Mistake("a hold that is no duration", (*STEPS, 0, "hold"), "soon", "spec.steps[0].hold"),
    Mistake("a router nobody knows", ("spec", "traffic", "router"), "envoy", "spec.traffic.router"),
    Mistake("no Ingress", (*TRAFFIC, "ingress"), None, "spec.traffic.ingress", cel=True),
    Mistake("no HTTPRoute", TRAFFIC, {"router": "httproute"}, "spec.traffic.httproute", cel=True),
    Mistake(
        "an Ingress of an HTTPRoute", TRAFFIC, HTTPROUTE | {"ingress": "x"}, "spec.traffic.ingress", cel=True
    ),
    Mistake("an HTTPRoute of an Ingress", (*TRAFFIC, "httproute"), "x", "spec.traffic.httproute", cel=True),
    Mistake("rules of an Ingress", (*TRAFFIC, "rules"), [{}], "spec.traffic.rules", cel=True),
    Mistake("a port of an Ingress", (*TRAFFIC, "port"), "http", "spec.traffic.port", cel=True),
    Mistake("a port nobody offers", TRAFFIC, HTTPROUTE | {"port": "x"}, "spec.traffic.port", cel=True),
    Mistake("no rules of an HTTPRoute", TRAFFIC, HTTPROUTE | {"rules": []}, "spec.traffic.rules"),
    Mistake(
        "backends of its own",
        TRAFFIC,
        HTTPROUTE | {"rules": [{"backendRefs": [{"name": "x"}]}]},
        "spec.traffic.rules[0].backendRefs",
        cel=True,
    ),
    Mistake("no rules at all", RULES, {}, "spec.rules", cel=True),
    Mistake("a share over 100 %", (*RULES, "errors", "max"), "101%", "spec.rules.errors.max"),
    Mistake("nothing to watch", (*RULES, "resources"), {"action": "warn"}, "spec.rules.resources", cel=True),
    Mistake("more memory than all", (*RULES, "resources"), {"memory": "101%"}, "spec.rules.resources.memory"),
    Mistake("restarts given back", (*RULES, "resources"), {"restarts": -1}, "spec.rules.resources.restarts"),
    Mistake("a shout", (*RULES, "resources"), {"memory": "9%", "action": "x"}, "spec.rules.resources.action"),
    Mistake("a share without its sign", (*RULES, "errors", "max"), "1", "spec.rules.errors.max"),
    Mistake(
        "a limit of no time", (*RULES, "latency", "within"), "0ms", "spec.rules.latency.within", cel=True
    ),
    Mistake("no share for the limit", (*RULES, "latency", "for"), None, "spec.rules.latency.for"),
    Mistake("a name that is too long", ("metadata", "name"), "a" * 41, "metadata.name", cel=True),
    Mistake("no containers", ("spec", "template", "spec", "containers"), [], "spec.template.spec.containers"),
    Mistake("no ports", ("spec", "ports"), [], "spec.ports"),
    Mistake("a negative size", ("spec", "replicas"), -1, "spec.replicas"),
    Mistake("no pod at all", ("spec", "replicas"), 0, "spec.replicas"),
    Mistake("more pods than anybody has", ("spec", "replicas"), 1001, "spec.replicas"),
    Mistake("a window without unit", ("spec", "rollbackWindow"), "10", "spec.rollbackWindow"),
    Mistake("a confidence of a coin", (*RULES, "confidence"), "50%", "spec.rules.confidence"),
    Mistake("a confidence beyond all doubt", (*RULES, "confidence"), "100%", "spec.rules.confidence"),
    Mistake("no risk at all", ("spec", "budget"), {"risk": "0.00%"}, "spec.budget.risk"),
    Mistake("a risk of all traffic", ("spec", "budget"), {"risk": "10.5%"}, "spec.budget.risk"),
    Mistake("a debt of bad answers", ("spec", "budget"), {"badAnswers": -1}, "spec.budget.badAnswers"),
    Mistake("a blind budget for ever", ("spec", "budget"), {"blind": "for ever"}, "spec.budget.blind"),
    Mistake("a history of none", ("spec", "revisionHistoryLimit"), 0, "spec.revisionHistoryLimit"),
    Mistake(
        "a budget that is no number",
        ("spec", "disruption"),
        {"maxUnavailable": "all"},
        "spec.disruption.maxUnavailable",
        cel=True,
    ),
)

MISTAKES += tuple(
    Mistake(
        f"{rule} held against {metrics['application']} metrics without {lacking}",
        ("spec",),
        {**GOOD["spec"], "metrics": metrics, "rules": {**GOOD["spec"]["rules"], rule: held}},
        "spec.metrics.application",
        cel=True,
    )
    for rule, held, needed in (("predictions", {"max": "1%"}, "badAnswers"), ("drift", {}, "predictions"))
    for lacking, metrics in (
        ("forecasts", {"application": "flask"}),
        ("anything", {"application": "none"}),
        ("answers", {"application": "custom", "custom": {**OWN, needed: "bad_total"}}),
        (needed, {"application": "custom", "custom": {**OWN, "answers": "answers_total"}}),
    )
)

# What a parser of plain objects accepts, but the API server, which keeps them, must not.
KEPT_OUT = (
    Mistake(
        "a label of the controller's",
        ("spec", "template", "metadata", "labels"),
        {"canary.serin.dev/revision": "x"},
        "spec.template.metadata.labels",
        cel=True,
    ),
    Mistake(
        "the same port twice",
        ("spec", "ports"),
        [{"name": n, "port": 80} for n in "ab"],
        "spec.ports",
        cel=True,
    ),
)
