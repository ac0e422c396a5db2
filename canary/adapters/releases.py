"""CanaryRelease objects."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import RELEASE
from canary.core.artefacts import artefacts
from canary.core.clocks import resting
from canary.core.codec import rfc3339, status_from_json, status_to_json
from canary.core.spec import SpecError, parse
from canary.ports import ConflictError, NotFoundError, Release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.adapters.cached import Api
    from canary.core.model import Status
    from canary.ports import Clock


class KubeReleases:
    """Reads releases and writes their status.

    The status of a running release also carries its heartbeat: when a loop over it was last completed.
    It goes with whatever is written anyway, and alone only when nothing was for `beat` seconds.
    """

    def __init__(self, api: Api, clock: Clock, namespace: str = "", beat: float = 15.0) -> None:
        self._api, self._clock, self._namespace = api, clock, namespace
        self._beat = beat
        self._completed: dict[str, str] = {}
        self._told: dict[str, float] = {}

    def all(self) -> list[Release]:
        return [decode(item) for item in self._api.list(RELEASE, self._namespace)]

    def get(self, key: str) -> Release:
        namespace, _, name = key.partition("/")
        return decode(self._api.get(RELEASE, namespace, name))

    def save(self, release: Release, status: Status) -> Release:
        """Write the status at the version that was read; equal status costs nothing."""
        if status == release.status:
            return release
        raw = release.raw or {}
        before = raw.get("status") or {}
        body = {
            "metadata": {
                "name": release.name,
                "namespace": release.namespace,
                "resourceVersion": release.resource_version,
            },
            "status": status_to_json(status, release.name, before.get("conditions") or [], self._clock.now()),
        }
        pinned = artefacts(raw, release.spec.revision if release.spec else "", status)
        body["status"] |= {"artefacts": pinned} if pinned else {}
        heartbeat = self._completed.get(release.uid) or before.get("heartbeat")
        body["status"] |= {"heartbeat": heartbeat} if heartbeat else {}
        stored = self._api.apply(RELEASE, body, subresource="status")
        if heartbeat == self._completed.pop(release.uid, ""):
            self._told[release.uid] = time.monotonic()
        return replace(release, resource_version=_version(stored), status=status, raw=stored)

    def beat(self, release: Release) -> None:
        """Remember that a loop came to its end, and write it if that has not been told for long.

        A write that conflicts is left to the next loop: it has something newer to tell.
        """
        if resting(release.status):
            self._completed.pop(release.uid, None)
            self._told.pop(release.uid, None)
            return
        self._completed[release.uid] = rfc3339(self._clock.now())
        if time.monotonic() - self._told.get(release.uid, float("-inf")) >= self._beat:
            with suppress(ConflictError, NotFoundError):
                self._tell(release)

    def _tell(self, release: Release) -> None:
        found = self._api.get(RELEASE, release.namespace, release.name)
        place = {key: found["metadata"][key] for key in ("name", "namespace", "resourceVersion")}
        status = {"heartbeat": self._completed[release.uid]}
        self._api.merge(RELEASE, {"metadata": place, "status": status}, subresource="status")
        self._told[release.uid] = time.monotonic()


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
