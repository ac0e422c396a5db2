"""The pod templates of a release's revisions, kept beside their Deployments.

The CanaryRelease holds one template only, the newest. Without the others a stable revision whose Deployment
somebody deletes in mid-release could not be made again.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from canary.adapters import objects
from canary.adapters.kinds import CONFIGMAP
from canary.adapters.selectors import REVISION_LABEL
from canary.core.spec import revision_of
from canary.ports import NotFoundError

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.ports import Release

Object = dict[str, Any]

KEY = "template.json"


class Templates:
    """One ConfigMap NAME-REVISION a revision, as long as its Deployment is kept."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def keep(self, release: Release, revision: str, template: Object) -> None:
        """Write a template down, before the first pod is made from it."""
        meta = objects.metadata(release, _name(release, revision), {REVISION_LABEL: revision})
        text = json.dumps(template, sort_keys=True, separators=(",", ":"))
        self._api.apply(CONFIGMAP, {"metadata": meta, "immutable": True, "data": {KEY: text}})

    def find(self, release: Release, revision: str) -> Object | None:
        """The template of a revision; None when it is not kept, not ours, or not what the name says."""
        try:
            found = self._api.get(CONFIGMAP, release.namespace, _name(release, revision))
            template = json.loads((found.get("data") or {})[KEY])
        except (NotFoundError, KeyError, ValueError):
            return None
        true = isinstance(template, dict) and revision_of(template) == revision
        return template if true and objects.owned(release, found) else None

    def forget(self, release: Release, revision: str) -> None:
        """Remove the template of a revision that is no longer kept."""
        with suppress(NotFoundError):
            found = self._api.get(CONFIGMAP, release.namespace, _name(release, revision))
            if objects.owned(release, found):
                meta = found["metadata"]
                self._api.delete(CONFIGMAP, meta["namespace"], meta["name"], meta["uid"])


def _name(release: Release, revision: str) -> str:
    return f"{release.name}-{revision}"
