"""Foreign edits of the weight: somebody writes another number on the canary Ingress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kubernetes import client, watch

from benchmarks.rollback.place import SECONDS, ask
from demo.errors import DemoError
from demo.watchers import WEIGHT, weight_on

if TYPE_CHECKING:
    from demo.reads import Subject

FOREIGN = 90
PATIENCE = 10  # seconds for the weight to be put back


def edit(api: Any, subject: Subject, weight: int) -> float:
    """Write a foreign weight; give the seconds until the API server announced `weight` again.

    The clock starts before the edit is sent. The watch starts at the version that the edit made, so no
    change after it can be missed. Raises DemoError when the weight is not put back.
    """
    networking, name = client.NetworkingV1Api(api), f"{subject.name}-canary"
    body = {"metadata": {"annotations": {WEIGHT: str(FOREIGN)}}}
    began = time.monotonic()
    edited = ask(
        f"Ingress {name}",
        lambda: networking.patch_namespaced_ingress(
            name, subject.namespace, body, field_manager="somebody", _request_timeout=SECONDS
        ),
    )
    return float(ask(f"Ingress {name}", lambda: _until(networking, edited, weight) - began))


def _until(networking: Any, edited: Any, weight: int) -> float:
    changes = watch.Watch()
    only = f"metadata.name={edited.metadata.name}"
    for event in changes.stream(
        networking.list_namespaced_ingress,
        namespace=edited.metadata.namespace,
        field_selector=only,
        resource_version=edited.metadata.resource_version,
        timeout_seconds=PATIENCE,
    ):
        if weight_on(event["object"]) == weight:
            now = time.monotonic()
            changes.stop()
            return now
    raise DemoError(f"Ingress {edited.metadata.name}: weight {FOREIGN} still stands after {PATIENCE} s")
