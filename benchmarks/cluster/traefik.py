"""The entrance with other settings for a while."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from kubernetes import client

from benchmarks.cluster.place import SECONDS, ask
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.cluster.place import Say

    class Switch(Protocol):
        """Lets the proxy retry as it does by default, or not."""

        def __call__(self, *, retries: bool) -> None: ...


NAME = "traefik"
RETRIES_OFF = "--providers.kubernetesIngressNGINX.proxyNextUpstream=off"
PATIENCE = 90.0  # seconds for its pods to be replaced


@contextmanager
def adjustable(api: Any, say: Say) -> Iterator[Switch]:
    """A switch for the proxy's retries; whatever is chosen, the arguments of before are back at the end.

    A switch replaces the proxy's pods, so no user may be on his way. Raises StepError when they do not come.
    """
    apps = client.AppsV1Api(api)
    before = _arguments(apps)
    if RETRIES_OFF not in before:
        raise StepError(f"Deployment {NAME}: its arguments have no {RETRIES_OFF}: run `make up`")

    def choose(*, retries: bool) -> None:
        wanted = [each for each in before if each != RETRIES_OFF] if retries else before
        if _arguments(apps) != wanted:
            say(f"the proxy starts again with its retries {'at their default' if retries else 'off'}")
            _write(apps, wanted)

    try:
        yield choose
    finally:
        choose(retries=False)


def _arguments(apps: Any) -> list[str]:
    found = ask("the proxy", lambda: apps.read_namespaced_deployment(NAME, NAME, _request_timeout=SECONDS))
    return list(found.spec.template.spec.containers[0].args)


def _write(apps: Any, arguments: Sequence[str]) -> None:
    body = [{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": list(arguments)}]
    ask("the proxy", lambda: apps.patch_namespaced_deployment(NAME, NAME, body, _request_timeout=SECONDS))
    deadline = time.monotonic() + PATIENCE
    while not _complete(apps):
        if time.monotonic() > deadline:
            raise StepError(f"Deployment {NAME}: not complete after {PATIENCE:.0f} s")
        time.sleep(0.5)


def _complete(apps: Any) -> bool:
    found = ask("the proxy", lambda: apps.read_namespaced_deployment_status(NAME, NAME))
    status, wanted = found.status, found.spec.replicas
    counts = (status.updated_replicas, status.ready_replicas, status.replicas)
    return status.observed_generation == found.metadata.generation and counts == (wanted,) * 3
