"""The forecast chart: one pod template, a Deployment in staging, a CanaryRelease in production."""

import json

import pytest

from canary.cli.findings import findings
from canary.core.model import Route
from canary.core.spec import parse

from .charts import FORECAST, IMAGE, PRODUCTION, STAGING, helm, kinds, one, render, template

COMMON = ["Ingress", "NetworkPolicy", "ServiceAccount"]


def test_staging_is_a_plain_deployment_that_needs_no_controller() -> None:
    expected = sorted([*COMMON, "Deployment", "PodDisruptionBudget", "Service"])
    assert expected == kinds(render(FORECAST, *STAGING))


def test_production_leaves_everything_that_moves_to_the_controller() -> None:
    assert sorted([*COMMON, "CanaryRelease"]) == kinds(render(FORECAST, *PRODUCTION))


def test_nobody_but_the_controller_writes_weights_or_revisions() -> None:
    rendered = render(FORECAST, *PRODUCTION)
    release = one(rendered, "CanaryRelease")
    assert "canary-weight" not in json.dumps(rendered)
    assert "canary.serin.dev/revision" not in release["spec"]["template"]["metadata"]["labels"]
    assert "status" not in release


HTTPROUTE = ("--set", "ingress.router=httproute")
GATEWAY = {"name": "serin", "namespace": "traefik"}


def test_an_httproute_of_staging_leads_to_the_chart_s_own_service() -> None:
    rendered = render(FORECAST, *STAGING, *HTTPROUTE)
    assert "Ingress" not in kinds(rendered)
    assert one(rendered, "HTTPRoute", "forecast")["spec"] == {
        "parentRefs": [GATEWAY],
        "hostnames": ["staging.forecast.serin.test"],
        "rules": [{"backendRefs": [{"name": "forecast", "port": 80}]}],
    }


def test_an_httproute_of_production_leaves_its_rules_to_the_controller() -> None:
    rendered = render(FORECAST, *PRODUCTION, *HTTPROUTE)
    assert "Ingress" not in kinds(rendered)
    route = one(rendered, "HTTPRoute", "forecast")
    assert route["spec"] == {"parentRefs": [GATEWAY], "hostnames": ["forecast.serin.test"]}
    release = one(rendered, "CanaryRelease")
    assert findings(release) == []
    assert parse(release).route == Route("httproute", "forecast", 80, ({},))


def test_the_gateway_is_the_one_that_is_named() -> None:
    other = "ingress.gateway.name=edge,ingress.gateway.namespace=net,ingress.gateway.sectionName=tls"
    rendered = render(FORECAST, *PRODUCTION, *HTTPROUTE, "--set", other)
    assert one(rendered, "HTTPRoute")["spec"]["parentRefs"] == [
        {"name": "edge", "namespace": "net", "sectionName": "tls"}
    ]


@pytest.mark.parametrize(
    ("where", "host", "service"),
    [
        (STAGING, "staging.forecast.serin.test", "forecast"),
        (PRODUCTION, "forecast.serin.test", "forecast-stable"),
    ],
    ids=["staging", "production"],
)
def test_users_enter_by_host_at_the_service_of_the_environment(
    where: tuple[str, ...], host: str, service: str
) -> None:
    ingress = one(render(FORECAST, *where), "Ingress", "forecast")
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert [{"host": host, "http": {"paths": [path]}}] == ingress["spec"]["rules"]


def test_the_controller_understands_the_production_release() -> None:
    rendered = render(FORECAST, *PRODUCTION)
    assert findings(one(rendered, "CanaryRelease", "forecast")) == []
    spec = parse(one(rendered, "CanaryRelease", "forecast"))
    assert [(s.weight, s.hold) for s in spec.steps] == [(10, 10.0), (25, 10.0), (50, 10.0), (100, 0.0)]
    assert spec.route == Route("ingress", one(rendered, "Ingress")["metadata"]["name"])
    assert spec.rules.errors is not None
    assert (spec.rules.errors.max, spec.rules.errors.tolerance) == (0.01, 0.0)
    assert spec.rules.latency is not None
    assert (
        spec.rules.latency.within,
        spec.rules.latency.share,
        spec.rules.latency.tolerance,
    ) == (0.25, 0.99, 0.02)
    assert (spec.rules.confidence, spec.rules.risk, spec.rules.bad_answers) == (0.99, 0.005, 0)
    assert (spec.blind_budget, spec.rollback_window, spec.progress_deadline) == (900.0, 600.0, 1800.0)


@pytest.mark.parametrize(
    ("where", "scaled"),
    [(STAGING, ("apps/v1", "Deployment")), (PRODUCTION, ("canary.serin.dev/v1alpha1", "CanaryRelease"))],
    ids=["staging", "production"],
)
def test_an_autoscaler_owns_the_number_of_pods_alone(where: tuple[str, ...], scaled: tuple[str, str]) -> None:
    assert "replicas" in one(render(FORECAST, *where), scaled[1])["spec"]
    rendered = render(FORECAST, *where, "--set", "autoscaling.enabled=true")
    assert "replicas" not in one(rendered, scaled[1])["spec"]
    target = {"apiVersion": scaled[0], "kind": scaled[1], "name": "forecast"}
    assert target == one(rendered, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]


def test_only_the_entrance_and_the_monitoring_reach_the_pods() -> None:
    policy = one(render(FORECAST, *PRODUCTION), "NetworkPolicy")["spec"]
    allowed = {
        rule["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]: rule["ports"]
        for rule in policy["ingress"]
    }
    assert allowed == {"traefik": [{"port": "http"}], "monitoring": [{"port": "admin"}]}
    assert (policy["policyTypes"], policy["egress"]) == (["Ingress", "Egress"], [])


def test_the_pods_get_no_token() -> None:
    assert one(render(FORECAST, *PRODUCTION), "ServiceAccount")["automountServiceAccountToken"] is False


def test_a_rule_can_be_left_out_but_not_both() -> None:
    without = render(FORECAST, *PRODUCTION, "--set", "canary.rules.latency=null")
    rules = set(one(without, "CanaryRelease")["spec"]["rules"])
    assert rules == {"errors", "predictions", "drift", "confidence"}
    neither = ("--set", "canary.rules.latency=null", "--set", "canary.rules.errors=null")
    refused = template(FORECAST, *PRODUCTION, *IMAGE, *neither)
    assert refused.returncode != 0
    assert "/canary/rules" in refused.stderr


@pytest.mark.parametrize(
    ("words", "missing"),
    [(PRODUCTION, "image.tag"), (("--namespace", "production", *IMAGE), "ingress.host")],
    ids=["image", "host"],
)
def test_what_cannot_be_guessed_is_asked_for(words: tuple[str, ...], missing: str) -> None:
    refused = template(FORECAST, *words)
    assert refused.returncode != 0
    assert f"{missing} is not set" in refused.stderr or f"neither {missing}" in refused.stderr


@pytest.mark.parametrize(
    ("where", "command"),
    [
        (STAGING, "kubectl rollout status deployment/forecast --namespace staging"),
        (PRODUCTION, "canary status forecast --namespace production --watch"),
    ],
    ids=["staging", "production"],
)
def test_the_notes_name_the_next_command(where: tuple[str, ...], command: str) -> None:
    done = helm("install", "forecast", str(FORECAST), "--dry-run=client", *where, *IMAGE)
    assert done.returncode == 0, done.stderr
    assert command in done.stdout.partition("NOTES:")[2]


@pytest.mark.parametrize("where", [STAGING, PRODUCTION], ids=["staging", "production"])
def test_the_notes_tell_what_the_model_changes(where: tuple[str, ...]) -> None:
    said = "v0 -> v1: of 15,600 forecasts 83.1% change\n  229 -> 79"
    install = ("install", "forecast", str(FORECAST), "--dry-run=client")
    done = helm(*install, *where, *IMAGE, "--set-json", f"model.notes={json.dumps(said)}")
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "    v0 -> v1: of 15,600 forecasts 83.1% change\n      229 -> 79\n" in notes
