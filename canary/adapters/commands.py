"""Operators' orders as ReleaseCommand objects."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import COMMAND
from canary.core.codec import epoch, rfc3339
from canary.core.model import Command, Verb
from canary.ports import NotFoundError

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.core.model import Acknowledgement
    from canary.ports import Clock, Release

Object = dict[str, Any]

KEPT_SECONDS = 3600.0


class KubeCommands:
    """Each order is answered once, in its status, and removed an hour later."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api, self._clock = api, clock

    def next(self, release: Release) -> Command | None:
        """The oldest order that nobody has answered."""
        waiting = [order for order in self._orders(release) if not _answered(order)]
        return decode(min(waiting, key=_age)) if waiting else None

    def acknowledge(self, release: Release, answer: Acknowledgement) -> None:
        """Write the answer; an order that was deleted meanwhile needs none."""
        body = {
            "metadata": {"name": answer.command, "namespace": release.namespace},
            "status": {
                "accepted": answer.accepted,
                "message": answer.message,
                "acknowledgedAt": rfc3339(self._clock.now()),
            },
        }
        with suppress(NotFoundError):
            self._api.apply(COMMAND, body, subresource="status")

    def expire(self, release: Release) -> None:
        """Remove what was answered more than an hour ago."""
        limit = self._clock.now() - KEPT_SECONDS
        for order in self._orders(release):
            if _answered(order) and epoch(order["status"]["acknowledgedAt"]) < limit:
                self._remove(order["metadata"])

    def _remove(self, meta: Object) -> None:
        with suppress(NotFoundError):
            self._api.delete(COMMAND, meta["namespace"], meta["name"], meta["uid"])

    def _orders(self, release: Release) -> list[Object]:
        listed = self._api.list(COMMAND, release.namespace)
        return [order for order in listed if order["spec"]["release"] == release.name]


def decode(order: Object) -> Command:
    spec = order["spec"]
    return Command(
        name=order["metadata"]["name"],
        verb=Verb(spec["verb"]),
        actor=spec.get("requestedBy", ""),
        to_revision=spec.get("toRevision", ""),
        full=bool(spec.get("full")),
        now=bool(spec.get("now")),
        expected_revision=spec.get("expectedRevision", ""),
        expected_step=spec.get("expectedStep"),
        uid=order["metadata"]["uid"],
    )


def _answered(order: Object) -> bool:
    return bool((order.get("status") or {}).get("acknowledgedAt"))


def _age(order: Object) -> tuple[str, int]:
    meta = order["metadata"]
    return meta["creationTimestamp"], int(meta["resourceVersion"])
