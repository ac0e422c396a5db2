"""An operator's side of the cluster: live reads, and orders under the operator's own name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.adapters.journal import KubeJournal
from canary.adapters.kinds import COMMAND, RELEASE, SELF_REVIEW
from canary.adapters.releases import decode
from canary.core.model import Acknowledgement

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.core.model import Command, JournalEntry
    from canary.core.records import Kept
    from canary.ports import Release


class KubeDesk:
    """The port `Desk` on a real API server."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api, self._namespace = api, namespace

    @property
    def namespace(self) -> str:
        return self._namespace

    def releases(self, namespace: str | None) -> list[Release]:
        found = [decode(raw) for raw in self._api.list(RELEASE, namespace or "")]
        return sorted(found, key=lambda release: (release.namespace, release.name))

    def release(self, namespace: str, name: str) -> Release:
        return decode(self._api.get(RELEASE, namespace, name))

    def journal(self, release: Release) -> list[JournalEntry]:
        return KubeJournal(self._api).read(release)

    def kept(self, release: Release) -> Kept:
        return KubeJournal(self._api).kept(release)

    def order(self, release: Release, command: Command) -> str:
        """Ask who we are, then create the order; the admission policy refuses any other name."""
        name = {"name": command.name} if command.name else {"generateName": f"{release.name}-{command.verb}-"}
        body = {
            "metadata": name | {"namespace": release.namespace},
            "spec": _spec(release, replace(command, actor=self._whoami())),
        }
        return str(self._api.create(COMMAND, release.namespace, body)["metadata"]["name"])

    def answer(self, release: Release, name: str) -> Acknowledgement | None:
        status = self._api.get(COMMAND, release.namespace, name).get("status") or {}
        if not status.get("acknowledgedAt"):
            return None
        return Acknowledgement(name, accepted=bool(status.get("accepted")), message=status.get("message", ""))

    def _whoami(self) -> str:
        review = self._api.create(SELF_REVIEW, "", {"metadata": {}})
        return str(review["status"]["userInfo"]["username"])


def _spec(release: Release, command: Command) -> dict[str, Any]:
    """Write the order down; what was not asked for is left out."""
    asked = {
        "toRevision": command.to_revision,
        "full": command.full,
        "now": command.now,
        "expectedRevision": command.expected_revision,
    }
    step = {} if command.expected_step is None else {"expectedStep": command.expected_step}
    spec = {"release": release.name, "verb": str(command.verb), "requestedBy": command.actor}
    return spec | {key: value for key, value in asked.items() if value} | step
