"""Keeps leaders apart: what an earlier one still writes does not reach a release that a newer one has.

A Lease alone does not: a leader that stood still for a minute goes on where it was, between its decision
and its write, and learns only later that it leads no more. So a leader first writes its epoch on
everything of a running release that a late write could hurt, which moves the resourceVersions that any
earlier decision rests on; and whoever reads an epoch above its own is over. docs/adr/0007 has the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar

from canary.adapters import objects
from canary.adapters.annotations import EPOCH
from canary.adapters.kinds import CONFIGMAP, DEPLOYMENT, HTTPROUTE, INGRESS, RELEASE, SERVICE
from canary.adapters.releases import decode
from canary.adapters.selectors import of_release
from canary.adapters.writes import at
from canary.core.clocks import resting
from canary.ports import ConflictError, SerinError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from canary.adapters.cached import Api
    from canary.adapters.kinds import Kind
    from canary.ports import Release

T = TypeVar("T")
Object = dict[str, Any]

# Where a late write could take users to the wrong revision, pods from under them, or what they rest on.
FENCED = (SERVICE, DEPLOYMENT, INGRESS, HTTPROUTE, CONFIGMAP)


class FencedError(SerinError):
    """A newer leader is there, or may be: nothing may be written any more."""


class Lead(Protocol):
    """What a fence has to know of the lead that is held."""

    @property
    def epoch(self) -> int:
        """Which lead this is, higher than any before."""
        ...

    def current(self) -> bool:
        """Whether nobody else can have taken it yet, by our own clock."""
        ...

    def confirmed(self) -> bool:
        """Whether the Lease, read afresh, is still ours."""
        ...


def leave(why: str) -> NoReturn:
    """What becomes of a leader that is over, unless its process can end at once."""
    raise FencedError(f"Lease: lead: {why}: leave the releases to the new leader")


class Fence:
    """An Api for one leader: each read tells whether a newer one is there, each write asks before."""

    def __init__(self, api: Api, lead: Lead, over: Callable[[str], NoReturn] = leave) -> None:
        self._api, self._lead, self._over = api, lead, over
        self._claimed: set[str] = set()

    def claim(self, release: Release) -> Release:
        """The release, with our epoch on all that belongs to it if it is running; written once.

        Its own status comes last. Raises ConflictError when something moved meanwhile.
        """
        if resting(release.status) or release.uid in self._claimed:
            return release
        for kind in FENCED:
            for found in self.list(kind, release.namespace, of_release(release.name)):
                late = _epoch(kind, found) < self._lead.epoch and not found.get("immutable")
                if late and objects.owned(release, found):
                    self._mark(kind, found)
        body = at({"metadata": _place(release.raw)}, release.resource_version) | {"status": {}}
        claimed = self.merge(RELEASE, body, subresource="status")
        self._claimed.add(release.uid)
        return decode(claimed)

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        return self._read(kind, self._api.get(kind, namespace, name))

    def live(self, kind: Kind, namespace: str, name: str) -> Object:
        return self._read(kind, self._api.live(kind, namespace, name))

    def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Object]:
        found = self._api.list(kind, namespace, labels)
        return [self._read(kind, each) for each in found] if kind in (RELEASE, *FENCED) else found

    def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        return self._written(lambda: self._api.create(kind, namespace, body))

    def apply(self, kind: Kind, body: Object, *, subresource: str = "", dry_run: bool = False) -> Object:
        stamped = self._stamped(kind, body)
        return self._written(lambda: self._api.apply(kind, stamped, subresource=subresource, dry_run=dry_run))

    def merge(self, kind: Kind, body: Object, *, subresource: str = "") -> Object:
        stamped = self._stamped(kind, body)
        return self._written(lambda: self._api.merge(kind, stamped, subresource=subresource))

    def delete(self, kind: Kind, namespace: str, name: str, uid: str = "", version: str = "") -> None:
        self._written(lambda: self._api.delete(kind, namespace, name, uid, version))

    def _mark(self, kind: Kind, found: Object) -> None:
        self.merge(kind, at({"metadata": _place(found)}, found["metadata"]["resourceVersion"]))

    def _stamped(self, kind: Kind, body: Object) -> Object:
        """Whatever we write says which leader wrote it."""
        if kind == RELEASE:
            return body | {"status": body["status"] | {"epoch": self._lead.epoch}}
        if kind not in FENCED:
            return body
        notes = (body["metadata"].get("annotations") or {}) | {EPOCH: str(self._lead.epoch)}
        return body | {"metadata": body["metadata"] | {"annotations": notes}}

    def _read(self, kind: Kind, found: Object) -> Object:
        if _epoch(kind, found) > self._lead.epoch:
            meta = found["metadata"]
            self._over(f"{kind.name} {meta['namespace']}/{meta['name']} has a newer epoch than ours")
        return found

    def _written(self, write: Callable[[], T]) -> T:
        """A conflict may mean that the Lease was taken: ask before anybody decides again."""
        if not self._lead.current():
            self._over("it was not renewed in time")
        try:
            return write()
        except ConflictError:
            if not self._lead.confirmed():
                self._over("somebody else holds it")
            raise


class Alone:
    """The lead of the only controller: there is nobody to shut out."""

    def claim(self, release: Release) -> Release:
        return release


def newest(releases: Iterable[Object]) -> int:
    """The highest epoch that any stored release has, 0 for none."""
    return max((_epoch(RELEASE, each) for each in releases), default=0)


def _epoch(kind: Kind, found: Any) -> int:
    """Which leader wrote the object; 0 where that is not known."""
    if kind == RELEASE:
        said = (found.get("status") or {}).get("epoch")
        return said if isinstance(said, int) else 0
    text = (found["metadata"].get("annotations") or {}).get(EPOCH, "")
    return int(text) if kind in FENCED and text.isascii() and text.isdigit() else 0


def _place(found: Any) -> Object:
    return {key: found["metadata"][key] for key in ("name", "namespace")}
