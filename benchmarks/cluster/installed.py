"""The controller that is installed on the cluster, sent away for a while."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from benchmarks.cluster.place import CONTROLLER, SECONDS, SYSTEM, ask
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.place import Say

PATIENCE = 60.0  # seconds for its pods to go, or to be ready again
MANAGER = "serin-bench"
CHANGED = (409, 422)  # what the API server says when an object is no longer as it was read
_SELECT = f"app.kubernetes.io/name={CONTROLLER}"


@contextmanager
def away(api: Any, say: Say) -> Iterator[None]:
    """Scale the installed controller to 0, and back to what it was, whatever happens in between.

    Raises StepError when its pods do not go, or do not come back.
    """
    apps = client.AppsV1Api(api)
    scale = ask("the controller's scale", lambda: apps.read_namespaced_deployment_scale(CONTROLLER, SYSTEM))
    replicas = max(1, scale.spec.replicas or 0)  # none: a run that was killed has left it so
    try:
        _scale(apps, 0)
        _until(lambda: not _pods(api), "the installed controller: its pods are still there")
        say("the installed controller is away")
        yield
    finally:
        _scale(apps, replicas)
        _give_back(apps)
        _until(lambda: _ready(apps) >= replicas, "the installed controller: is not ready again")
        say("the installed controller is back")


def _scale(apps: Any, replicas: int) -> None:
    body = {"spec": {"replicas": replicas}}
    ask(
        f"{CONTROLLER} to {replicas} pods",
        lambda: apps.patch_namespaced_deployment_scale(
            CONTROLLER, SYSTEM, body, field_manager=MANAGER, _request_timeout=SECONDS
        ),
    )


def _give_back(apps: Any) -> None:
    """Own the field no longer: the next `helm upgrade` that changes it would find a conflict with us."""
    _until(lambda: _gave_back(apps), f"Deployment {CONTROLLER}: its number of pods is still owned by us")


def _gave_back(apps: Any) -> bool:
    """Take our name off the version just read; False when it has changed meanwhile."""
    found = ask("the controller", lambda: apps.read_namespaced_deployment(CONTROLLER, SYSTEM))
    ours = [index for index, each in enumerate(found.metadata.managed_fields) if each.manager == MANAGER]
    body: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": found.metadata.resource_version},
        *({"op": "remove", "path": f"/metadata/managedFields/{index}"} for index in reversed(ours)),
    ]
    try:
        apps.patch_namespaced_deployment(CONTROLLER, SYSTEM, body, _request_timeout=SECONDS)
    except ApiException as error:
        if error.status in CHANGED:
            return False
        raise StepError(f"the controller: the API server says {error.status} {error.reason}") from error
    return True


def _pods(api: Any) -> list[str]:
    listed = ask(
        "the controller's pods",
        lambda: client.CoreV1Api(api).list_namespaced_pod(
            SYSTEM, label_selector=_SELECT, _request_timeout=SECONDS
        ),
    )
    return [pod.metadata.name for pod in listed.items]


def _ready(apps: Any) -> int:
    found = ask("the controller", lambda: apps.read_namespaced_deployment_status(CONTROLLER, SYSTEM))
    return int(found.status.ready_replicas or 0)


def _until(happened: Any, complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise StepError(f"{complaint} after {PATIENCE:.0f} s")
        time.sleep(0.25)
