"""How long something that somebody broke stays broken, by the API server's own announcements."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubernetes import client, watch

from benchmarks.cluster.place import SECONDS, ask
from delivery.errors import StepError
from demo.watchers import WEIGHT, weight_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.reads import Subject

FOREIGN = 90  # the weight that somebody else writes
SOMEBODY = "somebody"  # who writes it
PATIENCE = 60  # seconds: what heals late shall have a figure too


@dataclass(frozen=True, slots=True)
class Object:
    """One object: how objects of its kind are listed, where it is, and when it is as it should be."""

    listing: Callable[..., Any]
    namespace: str
    name: str
    whole: Callable[[Any], bool]


def seconds(thing: Object, break_it: Callable[[], Any]) -> float:
    """Break it; the seconds until the API server announced it whole again.

    The clock starts before it is broken. The watch starts before that too, so no change can be missed, and it
    counts only what comes after the damage. Raises StepError when it stays broken.
    """
    where = {"namespace": thing.namespace, "field_selector": f"metadata.name={thing.name}"}
    found = ask(thing.name, lambda: thing.listing(**where, _request_timeout=SECONDS))
    began = time.monotonic()
    ask(thing.name, break_it)
    version = found.metadata.resource_version
    return float(ask(thing.name, lambda: _until(thing, where, version) - began))


def foreign_weight(api: Any, subject: Subject, weight: int) -> tuple[Object, Callable[[], Any]]:
    """The canary Ingress, whole while it carries `weight`, and the edit that writes a foreign one."""
    networking, name = client.NetworkingV1Api(api), f"{subject.name}-canary"
    body = {"metadata": {"annotations": {WEIGHT: str(FOREIGN)}}}
    return (
        Object(
            networking.list_namespaced_ingress,
            subject.namespace,
            name,
            lambda found: weight_on(found) == weight,
        ),
        lambda: networking.patch_namespaced_ingress(
            name, subject.namespace, body, field_manager=SOMEBODY, _request_timeout=SECONDS
        ),
    )


def _until(thing: Object, where: dict[str, str], version: str) -> float:
    changes = watch.Watch()
    broken = False
    for event in changes.stream(thing.listing, **where, resource_version=version, timeout_seconds=PATIENCE):
        whole = event["type"] != "DELETED" and thing.whole(event["object"])
        if whole and broken:
            now = time.monotonic()
            changes.stop()
            return now
        broken = broken or not whole
    seen = "still broken" if broken else "never seen broken"
    raise StepError(f"{thing.name}: {seen} after {PATIENCE} s")
