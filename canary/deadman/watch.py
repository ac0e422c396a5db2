"""One look at all releases: which of them run, and whether a controller still looks after each."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import RELEASE
from canary.core.model import Phase
from canary.deadman.resets import reset, route
from canary.ports import NotFoundError, SerinError

if TYPE_CHECKING:
    from canary.adapters.kube import Kube
    from canary.deadman.patience import Patience

Object = dict[str, Any]

LOG = logging.getLogger("canary.deadman")
# As many releases as are held in memory at once.
PAGE = 100
_AT_REST = (Phase.HEALTHY, Phase.ROLLED_BACK, "")


class Watch:
    """Looks at all releases of a namespace, or of all namespaces."""

    def __init__(self, kube: Kube, namespace: str, patience: Patience) -> None:
        self._kube, self._namespace, self._patience = kube, namespace, patience
        self._mute: set[str] = set()

    def look(self, now: float) -> None:
        """Take the users off every canary that nobody looks after; `now` is a monotonic time.

        Raises SerinError when the releases cannot be read. A route that cannot be written is tried again by
        the next look.
        """
        running = self._running()
        beats = {key: each["status"]["heartbeat"] for key, each in running.items()}
        self._warn({key for key, beat in beats.items() if not beat})
        alive = {key: beat for key, beat in beats.items() if beat}
        for key, seconds in self._patience.overdue(alive, now).items():
            try:
                self._take_back(running[key], seconds)
            except NotFoundError:
                LOG.debug("%s has no route", key)
            except SerinError as error:
                LOG.warning("%s", error)

    def _running(self) -> dict[str, Object]:
        return {
            _key(each): _essence(each)
            for page, _ in self._kube.pages(RELEASE, self._namespace, size=PAGE)
            for each in page
            if _status(each).get("phase", "") not in _AT_REST
        }

    def _warn(self, mute: set[str]) -> None:
        """Whoever never had a heartbeat is no sign of a dead controller, but of one older than we are."""
        for key in sorted(mute - self._mute):
            LOG.warning(
                "%s: has no heartbeat yet: is its controller, or its kind, too old for a dead-man?", key
            )
        self._mute = mute

    def _take_back(self, release: Object, seconds: float) -> None:
        kind, name = route(release)
        found = self._kube.get(kind, release["metadata"]["namespace"], name)
        when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        change = reset(release, found, f"{when}: no controller had completed a loop for {seconds:.0f} s")
        if change is not None:
            self._kube.merge(kind, change)
            LOG.error("%s: no controller looks after it: all users are back on stable", _key(release))


def _essence(release: Object) -> Object:
    """As much of a release as is needed until the end of the look."""
    meta, status = release["metadata"], _status(release)
    return {
        "metadata": {key: meta[key] for key in ("name", "namespace")},
        "spec": {"traffic": release["spec"].get("traffic")},
        "status": {"heartbeat": str(status.get("heartbeat", ""))},
    }


def _status(release: Object) -> Object:
    return release.get("status") or {}


def _key(release: Object) -> str:
    return f"{release['metadata']['namespace']}/{release['metadata']['name']}"
