from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from canary.core.model import (
    DriftRule,
    ErrorRule,
    LatencyRule,
    PredictionRule,
    ResourceRule,
    Route,
    Source,
    Step,
)
from canary.core.spec import SpecError, parse, revision_of
from canary.core.units import clock, percent, seconds, share

from .build import manifest

MISSING = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good object with one field replaced or taken away; list items by number."""
    obj = deepcopy(manifest())
    place: Any = obj
    *way, last = path.split(".")
    for key in way:
        place = place[int(key)] if key.isdigit() else place[key]
    if value is MISSING:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return obj


def test_everything_is_read() -> None:
    spec = parse(
        manifest(
            disruption={"maxUnavailable": "25%"}, budget={"blind": "1.5m", "risk": "2%", "badAnswers": 50}
        )
    )
    assert (spec.namespace, spec.name, spec.generation, spec.replicas) == ("production", "forecast", 3, 2)
    assert spec.steps == (Step(10, 10.0), Step(50, 10.0), Step(100))
    assert spec.rules.errors == ErrorRule(0.01, 0.0)
    assert spec.rules.latency == LatencyRule(0.25, 0.99, 0.02)
    assert (spec.rules.confidence, spec.rules.risk, spec.rules.bad_answers) == (0.99, 0.02, 50)
    assert (spec.route, spec.max_unavailable) == (Route("ingress", "forecast"), "25%")
    assert (spec.rollback_window, spec.progress_deadline, spec.blind_budget) == (600, 1800, 90)
    assert spec.ports == ({"name": "http", "port": 80, "targetPort": "http"},)
    assert spec.template["spec"]["containers"][0]["name"] == "service"


def test_the_defaults_are_those_of_the_crd() -> None:
    obj = manifest()
    for field in ("replicas", "steps"):
        del obj["spec"][field]
    obj["metadata"] = {"name": "forecast"}
    obj["spec"]["rules"] = {"errors": {"max": "1%"}}
    obj["spec"]["traffic"] = {"ingress": "forecast"}
    spec = parse(obj)
    assert spec.steps == (Step(10, 60.0), Step(100))
    assert (spec.replicas, spec.history_limit, spec.max_unavailable) == (1, 3, 1)
    assert (spec.rules.confidence, spec.rules.risk, spec.rules.bad_answers) == (0.99, 0.005, 0)
    assert (spec.rollback_window, spec.progress_deadline, spec.blind_budget) == (600, 1800, 900)
    assert (spec.namespace, spec.generation, spec.route.kind) == ("default", 0, "ingress")
    assert spec.rules.errors == ErrorRule(0.01, 0.0)
    assert spec.rules.latency is None


PREDICT = {"matches": [{"path": {"type": "Exact", "value": "/predict"}}]}


@pytest.mark.parametrize(
    ("asked", "route"),
    [
        ({}, Route("httproute", "forecast", 80, ({},))),
        ({"port": "admin"}, Route("httproute", "forecast", 9000, ({},))),
        ({"rules": [PREDICT, {}]}, Route("httproute", "forecast", 80, (PREDICT, {}))),
    ],
    ids=["the first port and one rule for everything", "a port by name", "rules of its own"],
)
def test_an_httproute_is_read_with_what_the_controller_writes_into_it(
    asked: dict[str, Any], route: Route
) -> None:
    ports = [{"name": "http", "port": 80}, {"name": "admin", "port": 9000}]
    traffic = {"router": "httproute", "httproute": "forecast"} | asked
    assert parse(manifest(ports=ports, traffic=traffic)).route == route


@pytest.mark.parametrize(
    ("traffic", "complaint"),
    [
        ({"router": "httproute"}, "httproute: is missing: must be a text that is not empty"),
        (
            {"router": "httproute", "httproute": "a", "ingress": "a"},
            'ingress: is "a": belongs to router ingress, and the router is httproute: leave one of them out',
        ),
        ({"ingress": "a", "httproute": "a"}, 'httproute: is "a": belongs to router httproute'),
        ({"ingress": "a", "rules": [{}]}, "rules: is [{}]: belongs to router httproute"),
        (
            {"router": "httproute", "httproute": "a", "port": "admin"},
            'port: is "admin": must be the name of one of spec.ports: http',
        ),
        (
            {"router": "httproute", "httproute": "a", "rules": []},
            "rules: is []: must be a list with at least one",
        ),
        (
            {"router": "httproute", "httproute": "a", "rules": [7]},
            "rules[0]: is 7: must be an object with fields",
        ),
        (
            {"router": "httproute", "httproute": "a", "rules": [{}, {"backendRefs": []}]},
            "rules[1].backendRefs: is []: is written by the controller: leave it out",
        ),
    ],
    ids=[
        "no name",
        "an Ingress beside an HTTPRoute",
        "an HTTPRoute beside an Ingress",
        "rules for an Ingress",
        "a port nobody offers",
        "no rules",
        "a rule that is none",
        "backends of its own",
    ],
)
def test_what_leads_users_is_refused_by_the_field(traffic: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SpecError) as refused:
        parse(manifest(traffic=traffic))
    assert str(refused.value).startswith(f"spec.traffic.{complaint}")


FORECAST = Source(
    "flask_http_request_duration_seconds",
    "status",
    predictions="forecast_predicted_units",
    answers="forecast_answers_total",
    bad_answers="forecast_bad_answers_total",
)
CUSTOM = {"histogram": "web_seconds", "status": "code"}
ABOUT_FORECASTS = {"predictions": "units", "answers": "forecasts_total", "badAnswers": "bad_total"}


@pytest.mark.parametrize(
    ("metrics", "source"),
    [
        (MISSING, Source("flask_http_request_duration_seconds", "status")),
        ({}, Source("flask_http_request_duration_seconds", "status")),
        ({"application": "flask"}, Source("flask_http_request_duration_seconds", "status")),
        ({"application": "forecast"}, FORECAST),
        ({"application": "none"}, None),
        ({"application": "custom", "custom": CUSTOM}, Source("web_seconds", "code")),
        (
            {"application": "custom", "custom": CUSTOM | ABOUT_FORECASTS},
            Source("web_seconds", "code", "units", "forecasts_total", "bad_total"),
        ),
    ],
)
def test_where_the_application_counts(metrics: Any, source: Source | None) -> None:
    named = {} if metrics is MISSING else {"metrics": metrics}
    assert parse(manifest(**named)).application == source


def about_forecasts(rules: dict[str, Any], **metrics: Any) -> dict[str, Any]:
    return manifest(rules={"errors": {"max": "1%"}} | rules, metrics=metrics)


def test_rules_about_forecasts_are_read() -> None:
    rules = {
        "predictions": {"max": "1%", "tolerance": "0.5%"},
        "drift": {"above": "0.25", "action": "rollback"},
    }
    found = parse(about_forecasts(rules, application="forecast")).rules
    assert (found.predictions, found.drift) == (PredictionRule(0.01, 0.005), DriftRule(0.25, rollback=True))
    default = parse(
        about_forecasts({"predictions": {"max": "1%"}, "drift": {}}, application="forecast")
    ).rules
    assert (default.predictions, default.drift) == (PredictionRule(0.01, 0.0), DriftRule(0.2, rollback=False))


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (
            about_forecasts({"predictions": {"max": "1%"}}),
            'spec.metrics.application: is "flask": has no answers to hold spec.rules.predictions against',
        ),
        (
            about_forecasts({"drift": {}}, application="none"),
            'spec.metrics.application: is "none": has no predictions to hold spec.rules.drift against',
        ),
        (
            about_forecasts({"drift": {}}, application="custom", custom=CUSTOM),
            'spec.metrics.application: is "custom": has no predictions to hold spec.rules.drift against',
        ),
        (about_forecasts({}, application="django"), 'is "django": must be forecast, flask, custom or none'),
        (about_forecasts({}, application=["flask"]), 'is ["flask"]: must be forecast, flask, custom or none'),
        (
            about_forecasts({}, application="custom"),
            "spec.metrics.custom.histogram: is missing: must be a Prom",
        ),
        (
            about_forecasts({}, application="custom", custom=CUSTOM | {"answers": 'x"} or up{a="'}),
            "spec.metrics.custom.answers: is ",
        ),
        (about_forecasts({}, application="custom", custom="flask"), "must be an object with fields"),
        (
            about_forecasts({"drift": {"above": 0.2}}, application="forecast"),
            "spec.rules.drift.above: is 0.2",
        ),
        (
            about_forecasts({"drift": {"above": "-1"}}, application="forecast"),
            "must be a stability index such",
        ),
        (about_forecasts({"drift": {"action": "shout"}}, application="forecast"), "must be warn or rollback"),
    ],
    ids=lambda part: "" if isinstance(part, dict) else part[:60],
)
def test_a_mistake_about_forecasts_is_named_too(obj: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(obj)
    assert message in str(caught.value)


def test_limits_of_what_containers_use_are_read() -> None:
    asked = {"throttled": "25%", "memory": "90%", "restarts": 0, "action": "rollback"}
    found = parse(about_forecasts({"resources": asked})).rules.resources
    assert found == ResourceRule(0.25, 0.9, 0, rollback=True)
    alone = parse(about_forecasts({"resources": {"memory": "90%"}}, application="none")).rules.resources
    assert alone == ResourceRule(memory=0.9)
    assert (alone.measured, ResourceRule(restarts=1).measured) == (True, False)
    assert parse(about_forecasts({})).rules.resources is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "spec.rules.resources: is {}: must have throttled, memory or restarts"),
        ({"action": "rollback"}, "must have throttled, memory or restarts"),
        ("much", 'spec.rules.resources: is "much": must be an object'),
        ({"memory": "101%"}, 'spec.rules.resources.memory: is "101%"'),
        ({"memory": 0.9}, "spec.rules.resources.memory: is 0.9"),
        ({"throttled": "-1%"}, 'spec.rules.resources.throttled: is "-1%"'),
        ({"restarts": -1}, "spec.rules.resources.restarts: is -1: must be a whole number from 0 to 1000"),
        ({"restarts": "2"}, 'spec.rules.resources.restarts: is "2"'),
        ({"memory": "90%", "action": "shout"}, 'spec.rules.resources.action: is "shout": must be warn or'),
    ],
    ids=str,
)
def test_a_mistake_about_what_containers_use_is_named(asked: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(about_forecasts({"resources": asked}))
    assert message in str(caught.value)


def test_the_latency_rule_alone_is_enough_and_has_a_default_tolerance() -> None:
    rules = parse(manifest(rules={"latency": {"within": "0.25s", "for": "99.5%"}})).rules
    assert (rules.errors, rules.latency) == (None, LatencyRule(0.25, 0.995, 0.02))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("metadata", MISSING, "metadata: is missing: must be an object with fields"),
        ("metadata.name", "", 'metadata.name: is "": must be a text that is not empty'),
        ("metadata.name", "f" * 41, "must have at most 40 characters, names are derived from it"),
        ("spec", None, "spec: is missing: must be an object with fields"),
        ("spec.replicas", 0, "spec.replicas: is 0: must be a whole number from 1 to 1000"),
        ("spec.replicas", True, "spec.replicas: is true: must be a whole number"),
        ("spec.replicas", "2", 'spec.replicas: is "2": must be a whole number'),
        ("spec.template", [], "spec.template: is []: must be an object with fields"),
        ("spec.template.spec.containers", [], "spec.template.spec.containers: is []: must be a list"),
        ("spec.ports", "http", 'spec.ports: is "http": must be a list with at least one item'),
        ("spec.ports", [{}] * 9, "spec.ports: has 9 items: keep at most 8"),
        ("spec.ports.0", 80, "spec.ports[0]: is 80: must be an object with fields"),
        ("spec.disruption", {"maxUnavailable": "1.5%"}, 'spec.disruption.maxUnavailable: is "1.5%": must be'),
        ("spec.disruption", {"maxUnavailable": -1}, "spec.disruption.maxUnavailable: is -1: must be a whole"),
        (
            "spec.rollbackWindow",
            "10 minutes",
            'spec.rollbackWindow: is "10 minutes": must be a duration such as',
        ),
        ("spec.progressDeadline", 30, "spec.progressDeadline: is 30: must be a duration"),
        ("spec.budget", {"blind": "-1s"}, 'spec.budget.blind: is "-1s": must be a duration'),
        (
            "spec.revisionHistoryLimit",
            11,
            "spec.revisionHistoryLimit: is 11: must be a whole number from 1 to 10",
        ),
        ("spec.traffic.router", "istio", 'spec.traffic.router: is "istio": must be ingress or httproute'),
        ("spec.traffic.ingress", MISSING, "spec.traffic.ingress: is missing: must be a text"),
        ("spec.steps", [], "spec.steps: is []: must be a list with at least one item"),
        ("spec.steps.0", 10, "spec.steps[0]: is 10: must be an object with fields"),
        ("spec.steps.0.weight", 101, "spec.steps[0].weight: is 101: must be a whole number from 1 to 100"),
        ("spec.steps.0.weight", 0, "spec.steps[0].weight: is 0: must be a whole number from 1 to 100"),
        ("spec.steps.1.weight", 10, "spec.steps[1].weight: is 10: must be above 10, the step before"),
        ("spec.steps.1.weight", 5, "spec.steps[1].weight: is 5: must be above 10, the step before"),
        ("spec.steps.2.weight", 90, "spec.steps[2].weight: is 90: must be 100: the last step"),
        ("spec.steps.1.hold", "soon", 'spec.steps[1].hold: is "soon": must be a duration'),
        ("spec.steps.1.approval", "yes", 'spec.steps[1].approval: is "yes": must be true or false'),
        ("spec.steps.2.approval", True, "spec.steps[2].approval: is true: has no meaning at 100"),
        ("spec.rules", {}, "spec.rules: is {}: must have errors, latency or both"),
        ("spec.rules.confidence", "79%", 'spec.rules.confidence: is "79%": must be between 80% and 99.999%'),
        ("spec.rules.confidence", "100%", 'spec.rules.confidence: is "100%": must be between'),
        ("spec.rules.confidence", 0.99, "spec.rules.confidence: is 0.99: must be a percentage"),
        ("spec.budget", {"risk": "0%"}, 'spec.budget.risk: is "0%": must be between 0.01% and 10%'),
        ("spec.budget", {"risk": "11%"}, 'spec.budget.risk: is "11%": must be between 0.01% and 10%'),
        ("spec.budget", {"badAnswers": -1}, "spec.budget.badAnswers: is -1: must be a whole number from 0"),
        ("spec.rules.errors.max", "101%", 'spec.rules.errors.max: is "101%": must be a percentage'),
        ("spec.rules.errors.max", MISSING, "spec.rules.errors.max: is missing: must be a percentage"),
        ("spec.rules.errors.tolerance", 0.01, "spec.rules.errors.tolerance: is 0.01: must be a percentage"),
        (
            "spec.rules.latency.within",
            "0ms",
            'spec.rules.latency.within: is "0ms": must be longer than no time',
        ),
        ("spec.rules.latency.for", "99", 'spec.rules.latency.for: is "99": must be a percentage'),
        ("spec.rules.latency", "fast", 'spec.rules.latency: is "fast": must be an object with fields'),
    ],
)
def test_a_mistake_is_named_by_its_field_with_a_remedy(path: str, value: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(changed(path, value))
    assert message in str(caught.value)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(SpecError) as caught:
        parse(changed("spec.rules", "x" * 5000))
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("obj", [{}, {"metadata": {"name": "a"}}])
def test_an_empty_object_is_a_mistake_too(obj: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        parse(obj)


def test_a_revision_depends_on_what_a_template_says_not_on_how() -> None:
    one = revision_of({"a": 1, "b": {"c": [1, 2], "d": "é"}})
    assert one == revision_of({"b": {"d": "é", "c": [1, 2]}, "a": 1})
    assert one != revision_of({"a": 1, "b": {"c": [2, 1], "d": "é"}})
    assert (len(one), set(one) <= set("0123456789abcdef")) == (10, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [("250ms", 0.25), ("60s", 60), ("1.5m", 90), ("2h", 7200), ("0s", 0), ("0.1ms", 0.0001)],
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    "text", ["", "s", "1", "1d", "-1s", "1 s", "1e3s", "\u0661s", "1s\n", None, 3, "1" * 17 + "s"]
)
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "value"), [("1%", 0.01), ("99.5%", 0.995), ("0%", 0), ("100%", 1), ("0.1%", 0.001)]
)
def test_shares(text: str, value: float) -> None:
    assert share(text) == value


@pytest.mark.parametrize("text", ["", "%", "1", "-1%", "100.1%", "nan%", None, 0.5])
def test_what_is_no_share(text: object) -> None:
    with pytest.raises(ValueError, match="must be a percentage"):
        share(text)


def test_how_figures_are_written() -> None:
    assert [percent(rate) for rate in (0, 0.01, 0.005, 0.123456, 1 - 0.99)] == [
        "0 %",
        "1 %",
        "0.5 %",
        "12.3 %",
        "1 %",
    ]
    assert clock(1_700_000_000) == "22:13:20 UTC"
