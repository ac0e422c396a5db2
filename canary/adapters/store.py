"""Local copies of one kind's objects."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from canary.adapters.selectors import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

Object = dict[str, Any]


# Whose fields are told apart by their writers.
_SHARED = ("Ingress", "HTTPRoute")


class Store:
    """The copies of one kind, by namespace and name; newer versions win."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, Object]] = {}
        self._lock = threading.Lock()

    def put(self, item: Object) -> bool:
        """Keep `item` unless a newer version is held already; tell whether it was kept."""
        meta = item["metadata"]
        with self._lock:
            space = self._objects.setdefault(meta.get("namespace", ""), {})
            held = space.get(meta["name"])
            if held is not None and _version(held) >= _version(item) and _uid(held) == _uid(item):
                return False
            space[meta["name"]] = item
            return True

    def drop(self, item: Object) -> None:
        meta = item["metadata"]
        with self._lock:
            space = self._objects.get(meta.get("namespace", ""), {})
            held = space.get(meta["name"])
            if held is not None and _uid(held) == _uid(item):
                del space[meta["name"]]

    def replace(self, items: Iterable[Object]) -> list[Object]:
        """Hold exactly `items`; returns those that are gone."""
        fresh: dict[str, dict[str, Object]] = {}
        for item in items:
            fresh.setdefault(item["metadata"].get("namespace", ""), {})[item["metadata"]["name"]] = item
        with self._lock:
            gone = [
                old
                for space, held in self._objects.items()
                for name, old in held.items()
                if name not in fresh.get(space, {})
            ]
            self._objects = fresh
        return gone

    def get(self, namespace: str, name: str) -> Object | None:
        with self._lock:
            return self._objects.get(namespace, {}).get(name)

    def list(self, namespace: str, labels: str) -> list[Object]:
        with self._lock:
            spaces = [self._objects.get(namespace, {})] if namespace else list(self._objects.values())
            items = [item for space in spaces for item in space.values()]
        return [item for item in items if matches(labels, item["metadata"].get("labels", {}))]


def slimmed(item: Object) -> Object:
    """The object without what nobody here reads: most of a pod's weight is its spec."""
    meta = dict(item["metadata"])
    if item.get("kind") not in _SHARED:
        meta.pop("managedFields", None)
    kept: dict[str, Any] = item | {"metadata": meta}
    if item.get("kind") == "Pod":
        kept.pop("spec", None)
    return kept


def _version(item: Object) -> int:
    return int(item["metadata"].get("resourceVersion") or 0)


def _uid(item: Object) -> str:
    return str(item["metadata"].get("uid", ""))
