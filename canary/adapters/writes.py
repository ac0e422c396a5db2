"""Writes that succeed only while the object is still what the decision was made on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters.annotations import MARK
from canary.ports import ConflictError, RefusedError

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.adapters.kinds import Kind

Object = dict[str, Any]

# No object ever has this version: who applies at it makes the object, and conflicts when one is there.
ABSENT = "1"


def write(api: Api, kind: Kind, body: Object, found: Object | None) -> None:
    """Apply `body` to what was found, or make it where nothing was.

    Raises ConflictError when it moved since, RefusedError when its name is taken by what we do not see.
    """
    if found is not None:
        api.apply(kind, at(body, found["metadata"]["resourceVersion"]))
        return
    try:
        api.apply(kind, at(body, ABSENT))
    except ConflictError as error:
        place = f"{body['metadata']['namespace']}/{body['metadata']['name']}"
        raise RefusedError(
            f"{kind.name} {place}: write: one that is not of this release has its name: delete or rename it"
        ) from error


def at(body: Object, version: str) -> Object:
    """The same object, to be written only at this version."""
    return body | {"metadata": body["metadata"] | {"resourceVersion": version}}


def unmark(api: Api, kind: Kind, found: Object) -> None:
    """Remove the dead-man's mark from a route, at the version that was found."""
    meta = found["metadata"]
    if MARK in (meta.get("annotations") or {}):
        place = {key: meta[key] for key in ("name", "namespace", "resourceVersion")}
        api.merge(kind, {"metadata": place | {"annotations": {MARK: None}}})


def forbid(kind: Kind, found: Object, weight: int) -> None:
    """Let nobody come back to a canary that the dead-man took them from, whatever was decided before."""
    meta = found["metadata"]
    if weight and MARK in (meta.get("annotations") or {}):
        place = f"{kind.name} {meta['namespace']}/{meta['name']}"
        raise ConflictError(f"{place}: write: the dead-man set its weight to 0 meanwhile: look again")
