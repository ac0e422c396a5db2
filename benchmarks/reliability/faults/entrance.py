"""Ways in which the proxy at the entrance comes to ignore a weight; each is undone at the end.

All of them happen: a policy of the cluster gives Ingresses another class, somebody's tool deletes what it did
not make, and a proxy that has lost the API server goes on with what it knew.
"""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from benchmarks.cluster.place import SECONDS, ask
from delivery.errors import StepError
from devcluster.settings import API_PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ELSEWHERE = "elsewhere"  # a class that no proxy listens to
REFUSED = "refused"
PATIENCE = 30.0  # seconds for a policy to be in force
MARK = "serin-bench-cut-off"
NAMESPACE, NAME = "traefik", "traefik"
_GROUP = ("admissionregistration.k8s.io", "v1")
_CANARY = {"name": "canary", "expression": "object.metadata.name.endsWith('-canary')"}


@contextmanager
def other_class(api: Any, namespace: str) -> Iterator[None]:
    """A policy of the cluster gives every canary Ingress of the namespace another class."""
    change = f"Object{{spec: Object.spec{{ingressClassName: '{ELSEWHERE}'}}}}"
    spec = {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "matchConditions": [_CANARY],
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": change}}],
    }
    with _policy(api, "MutatingAdmissionPolicy", namespace, spec, {}):
        _await(lambda: _probed(api, namespace) == ELSEWHERE)
        yield


@contextmanager
def forbidden(api: Any, namespace: str) -> Iterator[None]:
    """A policy of the cluster lets nobody make a canary Ingress in the namespace."""
    message = "canary Ingresses are not wanted here"
    spec = {
        "failurePolicy": "Fail",
        "matchConditions": [_CANARY],
        "validations": [{"expression": "false", "message": message}],
    }
    with _policy(api, "ValidatingAdmissionPolicy", namespace, spec, {"validationActions": ["Deny"]}):
        _await(lambda: _probed(api, namespace) == REFUSED)
        yield


@contextmanager
def cut_off(api: Any) -> Iterator[None]:
    """The proxy cannot reach the API server: it goes on with what it knows. Needs the embedded cluster."""
    core = client.CoreV1Api(api)
    select = f"app.kubernetes.io/name={NAME}"
    pods = ask("the proxy", lambda: core.list_namespaced_pod(NAMESPACE, label_selector=select))
    addresses = [pod.status.pod_ip for pod in pods.items if pod.status.pod_ip]
    with ExitStack() as undone:
        for address in addresses:
            for rule in _rules(address):
                undone.callback(_iptables, "-D", rule)
                _iptables("-I", rule)
        yield


def _rules(address: str) -> list[list[str]]:
    """Neither its questions nor what was already on the way to it may pass."""
    port, said = str(API_PORT), ["-m", "comment", "--comment", MARK, "-j", "DROP"]
    return [
        ["INPUT", "-s", address, "-p", "tcp", "--dport", port, *said],
        ["OUTPUT", "-d", address, "-p", "tcp", "--sport", port, *said],
    ]


def _iptables(act: str, rule: list[str]) -> None:
    done = subprocess.run(["iptables", "-w", act, *rule], capture_output=True, text=True, check=False)
    if done.returncode and act != "-D":
        raise StepError(f"iptables {act}: {done.stderr.strip()}: this needs the embedded cluster and root")


@contextmanager
def _policy(
    api: Any, kind: str, namespace: str, spec: Mapping[str, Any], bound: Mapping[str, Any]
) -> Iterator[None]:
    name = f"serin-bench-{namespace}"
    resources = {
        "resourceRules": [
            {
                "apiGroups": ["networking.k8s.io"],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["ingresses"],
            }
        ]
    }
    chosen = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    policy = {"metadata": {"name": name}, "spec": {"matchConstraints": resources, **spec}}
    binding = {
        "metadata": {"name": name},
        "spec": {"policyName": name, "matchResources": chosen, **bound},
    }
    with ExitStack() as undone:
        for each, body in ((kind, policy), (f"{kind}Binding", binding)):
            undone.callback(_delete, api, each, name)
            _create(api, each, body)
        yield


def _probed(api: Any, namespace: str) -> str:
    """The class that a canary Ingress would get now, or that it would be refused."""
    networking = client.NetworkingV1Api(api)
    backend = {"service": {"name": "none", "port": {"number": 80}}}
    body = {"metadata": {"name": "probe-canary"}, "spec": {"defaultBackend": backend}}
    try:
        made = networking.create_namespaced_ingress(namespace, body, dry_run="All", _request_timeout=SECONDS)
    except ApiException:
        return REFUSED
    return str(made.spec.ingress_class_name)


def _await(in_force: Callable[[], bool]) -> None:
    """A policy is in force some time after it was made."""
    deadline = time.monotonic() + PATIENCE
    while not in_force():
        if time.monotonic() > deadline:
            raise StepError(f"admission policy: not in force after {PATIENCE:.0f} s")
        time.sleep(0.2)


def _create(api: Any, kind: str, body: dict[str, Any]) -> None:
    whole = {"apiVersion": "/".join(_GROUP), "kind": kind, **body}
    _delete(api, kind, body["metadata"]["name"])  # what a run that was killed has left
    kinds = client.CustomObjectsApi(api)
    ask(
        kind,
        lambda: kinds.create_cluster_custom_object(*_GROUP, _plural(kind), whole, _request_timeout=SECONDS),
    )


def _delete(api: Any, kind: str, name: str) -> None:
    kinds = client.CustomObjectsApi(api)
    with suppress(ApiException):  # it is not there
        kinds.delete_cluster_custom_object(*_GROUP, _plural(kind), name, _request_timeout=SECONDS)


def _plural(kind: str) -> str:
    return kind.lower().removesuffix("policy") + "policies" if kind.endswith("Policy") else f"{kind.lower()}s"
