"""Kubernetes events on a release."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from canary.adapters.kinds import EVENT, RELEASE
from canary.adapters.kube import MANAGER

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.core.model import Note
    from canary.ports import Clock, Release

# The API's limit for `note` is 1 KiB.
LONGEST = 1000


class KubeEvents:
    """Tells people what happened, where `kubectl describe` shows it."""

    def __init__(self, api: Api, clock: Clock, identity: str) -> None:
        self._api, self._clock, self._identity = api, clock, identity

    def emit(self, release: Release, note: Note) -> None:
        when = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="microseconds")
        body = {
            "metadata": {"generateName": f"{release.name}-", "namespace": release.namespace},
            "eventTime": when.replace("+00:00", "Z"),
            "type": "Warning" if note.warning else "Normal",
            "reason": note.reason,
            "action": note.reason,
            "note": note.message[:LONGEST],
            "reportingController": MANAGER,
            "reportingInstance": self._identity,
            "regarding": {
                "apiVersion": RELEASE.api_version,
                "kind": RELEASE.name,
                "namespace": release.namespace,
                "name": release.name,
                "uid": release.uid,
            },
        }
        self._api.create(EVENT, release.namespace, body)
