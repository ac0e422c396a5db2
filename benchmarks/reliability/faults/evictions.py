"""Pods that somebody evicts, as a drained node does; their budget is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from benchmarks.cluster.place import SECONDS, ask
from demo.reads import REVISION

if TYPE_CHECKING:
    from benchmarks.cluster.site import Site

DONE, REFUSED = 201, 429  # what the Eviction API says; the latter where the budget does not allow it


def whole(site: Site, revision: str) -> bool:
    """Whether a revision has all its pods and one of them may go, by their budget.

    The budget knows of an eviction before it is answered; a Deployment counts the pod as ready for a while.
    """
    name, space = f"{site.subject.name}-{revision}", site.subject.namespace
    policy = client.PolicyV1Api(site.place.api)
    told = ask(
        f"PodDisruptionBudget {name}",
        lambda: policy.read_namespaced_pod_disruption_budget(name, space, _request_timeout=SECONDS),
    ).status
    wanted = site.spec()["replicas"]
    return (told.expected_pods, told.current_healthy) == (wanted, wanted) and told.disruptions_allowed > 0


def pods(site: Site, revision: str) -> list[str]:
    """The names of a revision's pods that are not on their way out."""
    core = client.CoreV1Api(site.place.api)
    listed = ask(
        "pods",
        lambda: core.list_namespaced_pod(
            site.subject.namespace, label_selector=f"{REVISION}={revision}", _request_timeout=SECONDS
        ),
    )
    return [pod.metadata.name for pod in listed.items if not pod.metadata.deletion_timestamp]


def evict(site: Site, name: str) -> int:
    """Ask for one eviction; the status of the answer."""
    core, space = client.CoreV1Api(site.place.api), site.subject.namespace
    body = {"metadata": {"name": name, "namespace": space}}
    try:
        core.create_namespaced_pod_eviction(name, space, body, _request_timeout=SECONDS)
    except ApiException as error:
        return int(error.status)
    return DONE
