"""What `kubectl kustomize` makes of k8s/ keeps the platform's promises, and each check can fail."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OVERLAYS = ("local", "default")
EDGES = "0.001,0.0025,0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10"

Manifest = dict[str, Any]
Check = Callable[[list[Manifest]], list[str]]


def kubectl() -> str:
    command = [sys.executable, "-m", "devcluster", "tool", "kubectl"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    found = answer.stdout.strip() if answer.returncode == 0 else shutil.which("kubectl")
    assert found, f"kubectl: neither the cluster's tools nor PATH have it: {answer.stderr[-300:]}"
    return found


def render(overlay: str) -> list[Manifest]:
    command = [kubectl(), "kustomize", f"k8s/overlays/{overlay}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[Manifest]]:
    return {overlay: render(overlay) for overlay in OVERLAYS}


def named(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    return next(m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name)


def pods(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


def containers(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    for name, pod in pods(manifests):
        for container in pod["containers"]:
            yield name, container


def unpinned_images(manifests: list[Manifest]) -> list[str]:
    images = [(name, c["image"]) for name, c in containers(manifests)]
    return [name for name, image in images if ":" not in image or image.endswith(":latest")]


def root_containers(manifests: list[Manifest]) -> list[str]:
    def confined(container: Manifest) -> bool:
        context = container.get("securityContext", {})
        return (
            context.get("allowPrivilegeEscalation") is False
            and context.get("readOnlyRootFilesystem") is True
            and context.get("capabilities") == {"drop": ["ALL"]}
        )

    def unprivileged(pod: Manifest) -> bool:
        context = pod.get("securityContext", {})
        seccomp = context.get("seccompProfile", {}).get("type")
        return (
            context.get("runAsNonRoot") is True and context["runAsUser"] > 0 and seccomp == "RuntimeDefault"
        )

    return [n for n, pod in pods(manifests) if not unprivileged(pod)] + [
        n for n, c in containers(manifests) if not confined(c)
    ]


def unbounded_containers(manifests: list[Manifest]) -> list[str]:
    def bounded(resources: Manifest) -> bool:
        return {"cpu", "memory"} <= resources.get("requests", {}).keys() and "memory" in resources.get(
            "limits", {}
        )

    return [name for name, c in containers(manifests) if not bounded(c.get("resources", {}))]


def exposed_host_ports(manifests: list[Manifest]) -> list[str]:
    return [
        f"{name}:{port['hostPort']}"
        for name, container in containers(manifests)
        for port in container.get("ports", [])
        if "hostPort" in port and port.get("hostIP") != "127.0.0.1"
    ]


def unprobed_containers(manifests: list[Manifest]) -> list[str]:
    return [n for n, c in containers(manifests) if not {"readinessProbe", "livenessProbe"} <= c.keys()]


def reports(rule: Manifest) -> bool:
    """Whether a rule allows no more than to say how something is."""
    return rule["verbs"] == ["update"] and all(name.endswith("/status") for name in rule["resources"])


def writing_roles(manifests: list[Manifest]) -> list[str]:
    roles = [m for m in manifests if m["kind"] in {"Role", "ClusterRole"}]
    return [
        role["metadata"]["name"]
        for role in roles
        for rule in role["rules"]
        if not set(rule["verbs"]) <= {"get", "list", "watch"} and not reports(rule)
    ]


def deaf_services(manifests: list[Manifest]) -> list[str]:
    """Services whose selector or target port no Deployment of their namespace has."""

    def heard(service: Manifest, deployment: Manifest) -> bool:
        template = deployment["spec"]["template"]
        ports = {p["name"] for c in template["spec"]["containers"] for p in c["ports"]}
        return (
            service["metadata"]["namespace"] == deployment["metadata"]["namespace"]
            and service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
            and {p["targetPort"] for p in service["spec"]["ports"]} <= ports
        )

    deployments = [m for m in manifests if m["kind"] == "Deployment"]
    services = [m for m in manifests if m["kind"] == "Service"]
    return [s["metadata"]["name"] for s in services if not any(heard(s, d) for d in deployments)]


def open_namespaces(manifests: list[Manifest]) -> list[str]:
    levels = {
        m["metadata"]["name"]: m["metadata"]["labels"].get("pod-security.kubernetes.io/enforce")
        for m in manifests
        if m["kind"] == "Namespace"
    }
    return sorted(name for name, level in levels.items() if level != "restricted")


def first_container(manifests: list[Manifest]) -> Manifest:
    return next(containers(manifests))[1]


def expose(manifests: list[Manifest]) -> None:
    first_container(manifests)["ports"][0].update(hostPort=9090, hostIP="0.0.0.0")  # noqa: S104 the mistake to find


CHECKS: dict[str, tuple[Check, Callable[[list[Manifest]], object]]] = {
    "images carry a version": (
        unpinned_images,
        lambda ms: first_container(ms).update(image="prom/prometheus:latest"),
    ),
    "nothing runs as root": (
        root_containers,
        lambda ms: next(pods(ms))[1]["securityContext"].pop("runAsNonRoot"),
    ),
    "containers are confined": (
        root_containers,
        lambda ms: first_container(ms)["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    "resources are set": (
        unbounded_containers,
        lambda ms: first_container(ms)["resources"]["limits"].pop("memory"),
    ),
    "host ports stay on loopback": (exposed_host_ports, expose),
    "probes are set": (unprobed_containers, lambda ms: first_container(ms).pop("livenessProbe")),
    "roles only read": (
        writing_roles,
        lambda ms: named(ms, "ClusterRole", "serin-traefik")["rules"][0]["verbs"].append("update"),
    ),
    "roles write nothing but status": (
        writing_roles,
        lambda ms: named(ms, "ClusterRole", "serin-traefik-gateway")["rules"][-1]["resources"].append(
            "httproutes"
        ),
    ),
    "services reach a pod": (
        deaf_services,
        lambda ms: named(ms, "Service", "prometheus")["spec"]["ports"][0].update(targetPort="web"),
    ),
}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("promise", CHECKS)
def test_every_overlay_keeps_the_promise(
    rendered: dict[str, list[Manifest]], overlay: str, promise: str
) -> None:
    check, _ = CHECKS[promise]
    assert check(rendered[overlay]) == []


@pytest.mark.parametrize("promise", CHECKS)
def test_a_mutated_manifest_breaks_the_promise(rendered: dict[str, list[Manifest]], promise: str) -> None:
    check, mutate = CHECKS[promise]
    broken = copy.deepcopy(rendered["local"])
    mutate(broken)
    assert check(broken) != []


@pytest.mark.parametrize(
    ("overlay", "expected"), [("local", ["monitoring", "traefik"]), ("default", [])], ids=OVERLAYS
)
def test_only_namespaces_with_host_ports_leave_the_restricted_profile(
    rendered: dict[str, list[Manifest]], overlay: str, expected: list[str]
) -> None:
    assert open_namespaces(rendered[overlay]) == expected


def test_the_platform_has_its_five_namespaces(rendered: dict[str, list[Manifest]]) -> None:
    names = {m["metadata"]["name"] for m in rendered["local"] if m["kind"] == "Namespace"}
    assert names == {"staging", "production", "canary-system", "monitoring", "traefik"}


def test_the_local_overlay_opens_three_ports(rendered: dict[str, list[Manifest]]) -> None:
    ports = [p for _, c in containers(rendered["local"]) for p in c["ports"]]
    assert sorted(p["hostPort"] for p in ports if "hostPort" in p) == [8080, 9090, 9100]


@pytest.mark.parametrize(
    "argument",
    [
        "--providers.kubernetesIngressNGINX.throttleDuration=100ms",
        "--providers.kubernetesGateway.throttleDuration=100ms",
        "--providers.providersThrottleDuration=100ms",
        "--providers.kubernetesIngressNGINX.proxyNextUpstream=off",
        "--metrics.prometheus.addServicesLabels=true",
        "--accessLog.fields.headers.names.X-Request-Id=keep",
        "--accessLog.fields.headers.names.Traceparent=keep",
        f"--metrics.prometheus.buckets={EDGES}",
    ],
)
def test_traefik_follows_fast_hides_nothing_counts_and_names_requests(
    rendered: dict[str, list[Manifest]], argument: str
) -> None:
    pod = named(rendered["local"], "Deployment", "traefik")["spec"]["template"]["spec"]
    assert argument in pod["containers"][0]["args"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_gateway_listens_where_traefik_does(rendered: dict[str, list[Manifest]], overlay: str) -> None:
    gateway = named(rendered[overlay], "Gateway", "serin")["spec"]
    container = next(c for name, c in containers(rendered[overlay]) if name == "traefik")
    (listener,) = gateway["listeners"]
    assert f"--entryPoints.web.address=:{listener['port']}" in container["args"]
    assert "--providers.kubernetesGateway=true" in container["args"]
    assert named(rendered[overlay], "GatewayClass", gateway["gatewayClassName"])


def test_prometheus_reads_the_generated_configuration(rendered: dict[str, list[Manifest]]) -> None:
    pod = named(rendered["local"], "Deployment", "prometheus")["spec"]["template"]["spec"]
    mounted = next(v["configMap"]["name"] for v in pod["volumes"] if v["name"] == "config")
    configuration = yaml.safe_load(named(rendered["local"], "ConfigMap", mounted)["data"]["prometheus.yml"])
    assert configuration["global"]["scrape_interval"] == "5s"
    jobs = [job["job_name"] for job in configuration["scrape_configs"]]
    assert jobs == ["pods", "traefik", "cadvisor", "kube-state-metrics"]


def test_pod_samples_carry_the_labels_that_rules_select_by() -> None:
    configuration = yaml.safe_load((ROOT / "k8s/components/prometheus/prometheus.yml").read_text())
    relabels = configuration["scrape_configs"][0]["relabel_configs"]
    sources = {r["target_label"]: r["source_labels"] for r in relabels if r.get("action") is None}
    assert sources == {
        "__metrics_path__": ["__meta_kubernetes_pod_annotation_prometheus_io_path"],
        "namespace": ["__meta_kubernetes_namespace"],
        "pod": ["__meta_kubernetes_pod_name"],
        "release": ["__meta_kubernetes_pod_label_canary_serin_dev_release"],
        "revision": ["__meta_kubernetes_pod_label_canary_serin_dev_revision"],
    }
