"""A namespace that exists only while it is measured in."""

from __future__ import annotations

import time
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from benchmarks.cluster.place import SECONDS, ask
from delivery.errors import StepError

PATIENCE = 120.0  # seconds for an earlier one to be gone
CONFLICT = 409
LABELS = {"pod-security.kubernetes.io/enforce": "restricted"}


def ensure(api: Any, name: str) -> None:
    """Create the namespace, after one that is going away has gone. Raises StepError when it stays."""
    core = client.CoreV1Api(api)
    body = {"metadata": {"name": name, "labels": LABELS}}
    deadline = time.monotonic() + PATIENCE
    while _state(core, name) != "Active":
        if time.monotonic() > deadline:
            raise StepError(f"namespace {name}: still not ready after {PATIENCE:.0f} s: delete it by hand")
        ask(f"namespace {name}", lambda: _create(core, body))
        time.sleep(0.5)


def remove(api: Any, name: str) -> None:
    """Ask for the end of the namespace; it goes in its own time."""
    core = client.CoreV1Api(api)
    ask(f"namespace {name}", lambda: core.delete_namespace(name, _request_timeout=SECONDS))


def _create(core: Any, body: dict[str, Any]) -> None:
    try:
        core.create_namespace(body, _request_timeout=SECONDS)
    except ApiException as error:
        if error.status != CONFLICT:  # an earlier one is still going away: the next look decides
            raise


def _state(core: Any, name: str) -> str:
    listed = ask(
        "namespaces",
        lambda: core.list_namespace(field_selector=f"metadata.name={name}", _request_timeout=SECONDS),
    )
    return listed.items[0].status.phase if listed.items else ""
