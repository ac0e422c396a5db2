"""CanaryRelease objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import RELEASE
from canary.core.codec import status_from_json, status_to_json
from canary.core.spec import SpecError, parse
from canary.ports import Release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.adapters.cached import Api
    from canary.core.model import Status
    from canary.ports import Clock


class KubeReleases:
    """Reads releases and writes their status."""

    def __init__(self, api: Api, clock: Clock, namespace: str = "") -> None:
        self._api, self._clock, self._namespace = api, clock, namespace

    def all(self) -> list[Release]:
        return [decode(item) for item in self._api.list(RELEASE, self._namespace)]

    def get(self, key: str) -> Release:
        namespace, _, name = key.partition("/")
        return decode(self._api.get(RELEASE, namespace, name))

    def save(self, release: Release, status: Status) -> Release:
        """Write the status at the version that was read; equal status costs nothing."""
        if status == release.status:
            return release
        before = (release.raw or {}).get("status") or {}
        body = {
            "metadata": {
                "name": release.name,
                "namespace": release.namespace,
                "resourceVersion": release.resource_version,
            },
            "status": status_to_json(status, release.name, before.get("conditions") or [], self._clock.now()),
        }
        stored = self._api.apply(RELEASE, body, subresource="status")
        return replace(release, resource_version=_version(stored), status=status, raw=stored)


def decode(raw: Mapping[str, Any]) -> Release:
    """A stored CanaryRelease; a spec that cannot be understood becomes `problem`."""
    meta = raw["metadata"]
    try:
        spec, problem = parse(raw), ""
    except SpecError as error:
        spec, problem = None, str(error)
    return Release(
        namespace=meta["namespace"],
        name=meta["name"],
        uid=meta["uid"],
        resource_version=_version(raw),
        spec=spec,
        status=status_from_json(raw.get("status") or {}),
        problem=problem,
        raw=raw,
    )


def _version(raw: Mapping[str, Any]) -> str:
    return str(raw["metadata"]["resourceVersion"])
