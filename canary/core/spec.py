"""A CanaryRelease as its owner wrote it, checked field by field.

The CRD refuses the same mistakes first; this parser is what `canary lint` has, and what protects
the controller from objects that were stored under an older CRD.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.core.fields import Field, SpecError
from canary.core.model import (
    DriftRule,
    ErrorRule,
    LatencyRule,
    PredictionRule,
    ResourceRule,
    Rules,
    Source,
    Spec,
    Step,
)
from canary.core.routing import route
from canary.core.units import seconds, share

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SpecError", "parse", "revision_of"]

_LONGEST_NAME = 40
_WHOLE_PERCENT = re.compile(r"(100|[0-9]{1,2})%", re.ASCII)
_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.8, 0.99999
_LEAST_RISK, _MOST_RISK = 0.0001, 0.1
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,127}", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?", re.ASCII)
_FLASK = Source("flask_http_request_duration_seconds", "status")
_SOURCES = {
    "flask": _FLASK,
    "forecast": replace(
        _FLASK,
        predictions="forecast_predicted_units",
        answers="forecast_answers_total",
        bad_answers="forecast_bad_answers_total",
    ),
}
_OPTIONAL = {"predictions": "predictions", "answers": "answers", "bad_answers": "badAnswers"}
_DEFAULT_STEPS = ({"weight": 10, "hold": "60s"}, {"weight": 100})


def revision_of(template: Mapping[str, Any]) -> str:
    """Name a pod template as the API server returns it: 10 hex digits of its content, not of its layout."""
    canonical = json.dumps(template, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:10]


def parse(obj: Mapping[str, Any]) -> Spec:
    """Read a whole CanaryRelease object; SpecError names the first field that is wrong and the remedy."""
    root = Field("", obj).mapping()
    meta, spec = root.get("metadata").mapping(), root.get("spec").mapping()
    traffic, template = spec.get("traffic").mapping(), spec.get("template").mapping()
    ports = [port.mapping() for port in spec.get("ports").items(8)]
    return Spec(
        namespace=meta.get("namespace").text("default"),
        name=_name(meta.get("name")),
        generation=meta.get("generation").whole(0, 2**63 - 1, 0),
        revision=revision_of(_template(template)),
        replicas=spec.get("replicas").whole(1, 1000, 1),
        template=template.value,
        ports=tuple(port.value for port in ports),
        steps=_steps(spec.get("steps", _DEFAULT_STEPS)),
        rules=(rules := _rules(spec.get("rules").mapping(), spec.get("budget", {}).mapping())),
        application=_application(spec.get("metrics", {}).mapping(), rules),
        route=route(traffic, ports),
        max_unavailable=_unavailable(spec.get("disruption", {}).mapping().get("maxUnavailable", 1)),
        rollback_window=spec.get("rollbackWindow", "10m").read(seconds),
        progress_deadline=spec.get("progressDeadline", "30m").read(seconds),
        blind_budget=spec.get("budget", {}).mapping().get("blind", "15m").read(seconds),
        history_limit=spec.get("revisionHistoryLimit").whole(1, 10, 3),
    )


def _name(field: Field) -> str:
    name = field.text()
    if len(name) > _LONGEST_NAME:
        raise field.wrong(f"must have at most {_LONGEST_NAME} characters, names are derived from it")
    return name


def _template(field: Field) -> Mapping[str, Any]:
    field.get("spec").mapping().get("containers").items(100)
    return field.value  # type: ignore[no-any-return]


def _unavailable(field: Field) -> int | str:
    if not isinstance(field.value, str):
        return field.whole(0, 100_000)
    if _WHOLE_PERCENT.fullmatch(field.value) is None:
        raise field.wrong("must be a number of pods or a whole percentage such as 25%")
    return field.value


def _steps(field: Field) -> tuple[Step, ...]:
    fields = field.items(20)
    steps = tuple(_step(item.mapping()) for item in fields)
    for index in range(1, len(steps)):
        if steps[index].weight <= steps[index - 1].weight:
            above = steps[index - 1].weight
            raise fields[index].get("weight").wrong(f"must be above {above}, the step before: weights rise")
    last = fields[-1]
    if steps[-1].weight != 100:
        raise last.get("weight").wrong("must be 100: the last step gives the new revision all traffic")
    if steps[-1].approval:
        raise last.get("approval").wrong("has no meaning at 100: ask for approval on the step before")
    return steps


def _step(field: Field) -> Step:
    return Step(
        weight=field.get("weight").whole(1, 100),
        hold=field.get("hold", "0s").read(seconds),
        approval=field.get("approval").flag(),
    )


def _rules(field: Field, budget: Field) -> Rules:
    errors, latency = field.get("errors"), field.get("latency")
    predictions, drift, resources = (field.get(name) for name in ("predictions", "drift", "resources"))
    if errors.value is None and latency.value is None:
        raise field.wrong("must have errors, latency or both, or nothing could be judged")
    return Rules(
        errors=None if errors.value is None else _error_rule(errors.mapping()),
        latency=None if latency.value is None else _latency_rule(latency.mapping()),
        confidence=_confidence(field.get("confidence", "99%")),
        risk=_risk(budget.get("risk", "0.5%")),
        bad_answers=budget.get("badAnswers").whole(0, 1_000_000_000, 0),
        predictions=None if predictions.value is None else _prediction_rule(predictions.mapping()),
        drift=None if drift.value is None else _drift_rule(drift.mapping()),
        resources=None if resources.value is None else _resource_rule(resources.mapping()),
    )


def _prediction_rule(field: Field) -> PredictionRule:
    return PredictionRule(field.get("max").read(share), field.get("tolerance", "0%").read(share))


def _drift_rule(field: Field) -> DriftRule:
    limit = field.get("above", "0.2")
    if not isinstance(limit.value, str) or _INDEX.fullmatch(limit.value) is None:
        raise limit.wrong('must be a stability index such as "0.2"')
    return DriftRule(float(limit.value), rollback=_goes_back(field.get("action", "warn")))


def _resource_rule(field: Field) -> ResourceRule:
    limits = {name: field.get(name) for name in ("throttled", "memory")}
    shares = {name: None if limit.value is None else limit.read(share) for name, limit in limits.items()}
    restarts = field.get("restarts")
    rule = ResourceRule(
        **shares,
        restarts=None if restarts.value is None else restarts.whole(0, 1000),
        rollback=_goes_back(field.get("action", "warn")),
    )
    if not rule.measured and rule.restarts is None:
        raise field.wrong("must have throttled, memory or restarts, or nothing could be watched")
    return rule


def _goes_back(action: Field) -> bool:
    if action.value not in ("warn", "rollback"):
        raise action.wrong("must be warn or rollback")
    return bool(action.value == "rollback")


def _application(field: Field, rules: Rules) -> Source | None:
    """Where the application counts; a rule about forecasts needs metrics about forecasts."""
    chosen, custom = field.get("application", "flask"), field.get("custom", {}).mapping()
    if chosen.value not in (*_SOURCES, "custom", "none"):
        raise chosen.wrong("must be forecast, flask, custom or none")
    source = _custom(custom) if chosen.value == "custom" else _SOURCES.get(chosen.value)
    if rules.predictions and not (source and source.answers and source.bad_answers):
        raise chosen.wrong("has no answers to hold spec.rules.predictions against: choose forecast or custom")
    if rules.drift and not (source and source.answers and source.predictions):
        raise chosen.wrong("has no predictions to hold spec.rules.drift against: choose forecast or custom")
    return source


def _custom(field: Field) -> Source:
    """Names reach a query, so they are checked here first."""
    required = {name: _metric(field.get(name), needed=True) for name in ("histogram", "status")}
    optional = {name: _metric(field.get(camel), needed=False) for name, camel in _OPTIONAL.items()}
    return Source(**required, **optional)


def _metric(field: Field, *, needed: bool) -> str:
    if field.value is None and not needed:
        return ""
    if not isinstance(field.value, str) or _METRIC.fullmatch(field.value) is None:
        raise field.wrong("must be a Prometheus name: letters, digits, underscores and colons")
    return field.value


def _confidence(field: Field) -> float:
    if not _LEAST_CONFIDENCE <= (sure := field.read(share)) <= _MOST_CONFIDENCE:
        raise field.wrong("must be between 80% and 99.999%: both mistakes are made with the rest")
    return sure


def _risk(field: Field) -> float:
    if not _LEAST_RISK <= (risk := field.read(share)) <= _MOST_RISK:
        raise field.wrong("must be between 0.01% and 10% of all traffic")
    return risk


def _error_rule(field: Field) -> ErrorRule:
    return ErrorRule(
        max=field.get("max").read(share),
        tolerance=field.get("tolerance", "0%").read(share),
    )


def _latency_rule(field: Field) -> LatencyRule:
    within = field.get("within")
    if (limit := within.read(seconds)) <= 0:
        raise within.wrong("must be longer than no time at all")
    return LatencyRule(
        within=limit,
        share=field.get("for").read(share),
        tolerance=field.get("tolerance", "2%").read(share),
    )
