"""A `Kube` whose reads of watched kinds are answered from local copies."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from canary.adapters.informer import Informer
from canary.adapters.refusals import AbsentError
from canary.adapters.store import slimmed
from canary.ports import ConflictError, NotFoundError, SerinError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from canary.adapters.informer import Listener
    from canary.adapters.kinds import Kind
    from canary.adapters.kube import Kube

Object = dict[str, Any]

LOG = logging.getLogger("canary.cached")


class Api(Protocol):
    """What adapters need of the API server; `Kube` answers live, `CachedKube` from its copies."""

    def get(self, kind: Kind, namespace: str, name: str) -> Object: ...
    def live(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object as the API server has it now, whatever the copies say."""
        ...

    def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Object]: ...
    def create(self, kind: Kind, namespace: str, body: Object) -> Object: ...
    def apply(self, kind: Kind, body: Object, *, subresource: str = "", dry_run: bool = False) -> Object: ...
    def merge(self, kind: Kind, body: Object, *, subresource: str = "") -> Object: ...
    def delete(self, kind: Kind, namespace: str, name: str, uid: str = "", version: str = "") -> None: ...


class CachedKube:
    """Watches some kinds; reads of the others and all writes go to the API server.

    The answer to an own write enters the copy at once, so that the next loop acts on it.
    """

    def __init__(
        self, kube: Kube, kinds: Iterable[tuple[Kind, str]], namespace: str, listener: Listener
    ) -> None:
        self._kube = kube
        self._informers = {kind: Informer(kube, kind, namespace, labels, listener) for kind, labels in kinds}

    def start(self) -> None:
        for informer in self._informers.values():
            informer.start()

    def stop(self) -> None:
        for informer in self._informers.values():
            informer.stop()

    def synced(self) -> bool:
        """Whether each watched kind has been listed once."""
        return all(informer.synced.is_set() for informer in self._informers.values())

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        if kind not in self._informers:
            return self._kube.get(kind, namespace, name)
        if self._informers[kind].absent:
            raise AbsentError(f"{kind.name} {namespace}/{name}: read: the cluster has no such kind")
        item = self._informers[kind].store.get(namespace, name)
        if item is None:
            raise NotFoundError(f"{kind.name} {namespace}/{name}: read: not found: check the name")
        return item

    def live(self, kind: Kind, namespace: str, name: str) -> Object:
        return self._kube.get(kind, namespace, name)

    def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Object]:
        if kind not in self._informers:
            return self._kube.list(kind, namespace, labels)
        return self._informers[kind].store.list(namespace, labels)

    def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        return self._noted(kind, self._kube.create(kind, namespace, body))

    def apply(self, kind: Kind, body: Object, *, subresource: str = "", dry_run: bool = False) -> Object:
        with self._corrected(kind, body):
            answer = self._kube.apply(kind, body, subresource=subresource, dry_run=dry_run)
        return answer if dry_run else self._noted(kind, answer)

    def merge(self, kind: Kind, body: Object, *, subresource: str = "") -> Object:
        return self._noted(kind, self._kube.merge(kind, body, subresource=subresource))

    def delete(self, kind: Kind, namespace: str, name: str, uid: str = "", version: str = "") -> None:
        self._kube.delete(kind, namespace, name, uid, version)

    @contextmanager
    def _corrected(self, kind: Kind, body: Object) -> Iterator[None]:
        """After a conflict the copy is read anew: the watch that should have told may have gone silent."""
        try:
            yield
        except ConflictError:
            if kind in self._informers:
                self._reread(kind, body["metadata"])
            raise

    def _reread(self, kind: Kind, meta: Object) -> None:
        store = self._informers[kind].store
        try:
            self._noted(kind, self._kube.get(kind, meta["namespace"], meta["name"]))
        except NotFoundError:
            if (held := store.get(meta["namespace"], meta["name"])) is not None:
                store.drop(held)
        except SerinError as error:
            LOG.warning("%s", error)

    def _noted(self, kind: Kind, item: Object) -> Object:
        if kind in self._informers:
            self._informers[kind].store.put(slimmed(item))
        return item
