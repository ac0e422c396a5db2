"""The dashboard chart: pages that ask the forecast of their environment, and a pod that is kept in bounds."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
import yaml

from dashboard import settings

from .charts import (
    DASHBOARD,
    FORECAST,
    IMAGE,
    PAGES,
    PRODUCTION,
    ROOT,
    STAGING,
    Manifest,
    helm,
    kinds,
    one,
    pod_of,
    render,
)
from .workloads import dangling_ports, unconfined, unscraped

if TYPE_CHECKING:
    from collections.abc import Callable

IN_STAGING = ("--namespace", "staging", "--values", str(DASHBOARD / "values-staging.yaml"))
ENVIRONMENTS = [(IN_STAGING, STAGING), (PAGES, PRODUCTION)]


@pytest.fixture
def pod() -> Manifest:
    return pod_of(render(DASHBOARD, *PAGES))


def environment(pod: Manifest) -> dict[str, Manifest]:
    (container,) = pod["spec"]["containers"]
    return {entry["name"]: entry for entry in container["env"]}


def plain(pod: Manifest) -> dict[str, str]:
    return {name: entry["value"] for name, entry in environment(pod).items() if "value" in entry}


def test_it_is_all_that_a_service_of_its_own_needs() -> None:
    assert kinds(render(DASHBOARD, *PAGES)) == [
        "Deployment",
        "Ingress",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Secret",
        "Service",
        "ServiceAccount",
    ]


@pytest.mark.parametrize(("pages", "forecast"), ENVIRONMENTS, ids=["staging", "production"])
def test_it_asks_by_the_name_that_users_of_its_environment_use(
    pages: tuple[str, ...], forecast: tuple[str, ...]
) -> None:
    asked = plain(pod_of(render(DASHBOARD, *pages)))["FORECAST_HOST"]
    (rule,) = one(render(FORECAST, *forecast), "Ingress")["spec"]["rules"]
    assert asked == rule["host"]


def test_it_asks_at_the_entrance_of_the_platform(pod: Manifest) -> None:
    service = yaml.safe_load((ROOT / "k8s/components/traefik/service.yaml").read_text())
    name = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc"
    assert plain(pod)["FORECAST_URL"] == f"http://{name}"
    assert [port["port"] for port in service["spec"]["ports"]] == [80]


def test_the_pages_understand_what_the_chart_tells_them(pod: Manifest) -> None:
    chosen = settings.read(plain(pod) | {"SECRET_KEY": "0" * 32})
    assert (chosen.forecast.url, chosen.forecast.host) == (
        "http://traefik.traefik.svc",
        "forecast.serin.test",
    )
    assert (chosen.forecast.timeout_seconds, chosen.forecast.tries, chosen.grace_seconds) == (2.0, 3, 20)
    ports = {port["name"]: port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
    assert ports == {"http": chosen.port, "admin": chosen.admin_port}


def test_secrets_are_named_and_never_written_into_the_pod(pod: Manifest) -> None:
    (secret,) = [m for m in render(DASHBOARD, *PAGES) if m["kind"] == "Secret"]
    reference = environment(pod)["SECRET_KEY"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": secret["metadata"]["name"], "key": "secret-key"}
    shared = pod_of(render(DASHBOARD, *PAGES, "--set", "database.secretName=store"))
    assert environment(shared)["DATABASE_URL"]["valueFrom"]["secretKeyRef"] == {"name": "store", "key": "url"}


def test_the_file_of_sqlite_lies_on_the_volume(pod: Manifest) -> None:
    (mount,) = pod["spec"]["containers"][0]["volumeMounts"]
    assert plain(pod)["DATABASE_URL"].startswith(f"sqlite:///{mount['mountPath']}/")
    assert pod["spec"]["securityContext"]["fsGroup"] == pod["spec"]["securityContext"]["runAsGroup"]


def test_the_kubelet_waits_longer_than_requests_may_take(pod: Manifest) -> None:
    farewell = pod["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    takes = farewell + int(plain(pod)["GRACE_SECONDS"])
    assert takes < pod["spec"]["terminationGracePeriodSeconds"]


def test_the_pods_get_no_token(pod: Manifest) -> None:
    assert one(render(DASHBOARD, *PAGES), "ServiceAccount")["automountServiceAccountToken"] is False
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_only_the_entrance_the_monitoring_and_dns_have_to_do_with_the_pods() -> None:
    policy = one(render(DASHBOARD, *PAGES), "NetworkPolicy")["spec"]

    def peers(way: str, direction: str) -> list[str]:
        return [
            rule[direction][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            for rule in policy[way]
        ]

    assert peers("ingress", "from") == ["traefik", "monitoring"]
    assert peers("egress", "to") == ["traefik", "kube-system"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("check", [unconfined, dangling_ports, unscraped])
def test_the_pod_is_kept_in_bounds(pod: Manifest, check: Callable[[Manifest], list[str]]) -> None:
    assert check(pod) == []


def test_a_spoilt_pod_is_noticed(pod: Manifest) -> None:
    spoilt = copy.deepcopy(pod)
    spoilt["spec"]["containers"][0]["securityContext"]["capabilities"] = {}
    assert unconfined(spoilt) == ["dashboard: keeps capabilities"]


@pytest.mark.parametrize(("volume", "warned"), [("true", False), ("false", True)])
def test_the_notes_warn_of_what_goes_with_the_pod(volume: str, warned: bool) -> None:  # noqa: FBT001 a column
    words = (*PAGES, *IMAGE, "--set", f"database.volume.enabled={volume}")
    done = helm("install", "dashboard", str(DASHBOARD), "--dry-run=client", *words)
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "kubectl rollout status deployment/dashboard --namespace production" in notes
    assert ("goes with the pod" in notes) is warned
