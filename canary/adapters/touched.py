"""Which release a changed object concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import (
    BUDGET,
    COMMAND,
    DEPLOYMENT,
    HTTPROUTE,
    INGRESS,
    POD,
    RELEASE,
    SERVICE,
    SLICE,
)
from canary.adapters.objects import ROLES
from canary.adapters.routers import paths, routes
from canary.adapters.selectors import RELEASE_LABEL

if TYPE_CHECKING:
    from canary.adapters.kinds import Kind

# What the controller watches, each with the label selector that keeps the copies small.
WATCHED = (
    (RELEASE, ""),
    (COMMAND, ""),
    (INGRESS, ""),
    (HTTPROUTE, ""),
    (DEPLOYMENT, RELEASE_LABEL),
    (POD, RELEASE_LABEL),
    (SERVICE, RELEASE_LABEL),
    (SLICE, RELEASE_LABEL),
    (BUDGET, RELEASE_LABEL),
)


def touched(kind: Kind, found: dict[str, Any]) -> set[str]:
    """Keys of the releases that should look at the world again after a change of `found`."""
    meta = found["metadata"]
    names = {(meta.get("labels") or {}).get(RELEASE_LABEL, "")}
    if kind == RELEASE:
        names = {meta["name"]}
    elif kind == COMMAND:
        names = {found["spec"]["release"]}
    elif kind == INGRESS:
        names |= _behind(paths.backends(found))
    elif kind == HTTPROUTE:
        # Before its first rules it leads nowhere yet: charts call it like the release.
        names |= _behind(routes.backends(found)) | {meta["name"]}
    return {f"{meta['namespace']}/{name}" for name in names - {""}}


def _behind(services: set[str]) -> set[str]:
    """The releases whose Services these may be."""
    endings = tuple(f"-{role}" for role in ROLES)
    return {each.rpartition("-")[0] for each in services if each.endswith(endings)}
