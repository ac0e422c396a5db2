"""Whether an object without an owner may be taken over.

It may be what an earlier release of this name left behind on purpose. Or its release is just being deleted
and the garbage collector has let it go: whoever claims it then has it deleted with the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters import objects
from canary.adapters.kinds import RELEASE
from canary.ports import ConflictError, NotFoundError

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.ports import Release


def confirm(api: Api, release: Release, found: dict[str, Any]) -> None:
    """Ask the API server itself, which is ahead of all copies; ConflictError when the release leaves."""
    if objects.controller_of(found) is not None:
        return
    try:
        meta = api.live(RELEASE, release.namespace, release.name)["metadata"]
    except NotFoundError:
        meta = {}
    if meta.get("uid") != release.uid or "deletionTimestamp" in meta:
        name = f"{found.get('kind', 'object')} {release.namespace}/{found['metadata']['name']}"
        raise ConflictError(f"{name}: claim: its release is being deleted: let it alone")
