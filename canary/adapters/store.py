"""Local copies of one kind's objects."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from canary.adapters.selectors import RELEASE_LABEL, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

Object = dict[str, Any]

# Whose fields are told apart by their writers.
_SHARED = ("Ingress", "HTTPRoute")
# Labels by whose value objects are looked up, again and again and out of thousands.
INDEXED = (RELEASE_LABEL, "kubernetes.io/service-name")


class Store:
    """The copies of one kind, by namespace and name; newer versions win."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, Object]] = {}
        self._labelled: dict[tuple[str, str], dict[str, Object]] = {}
        self._lock = threading.Lock()

    def put(self, item: Object) -> bool:
        """Keep `item` unless a newer version is held already; tell whether it was kept."""
        with self._lock:
            held = self._held(item)
            if held is not None and _version(held) >= _version(item) and _uid(held) == _uid(item):
                return False
            self._remove(held)
            self._insert(item)
            return True

    def drop(self, item: Object) -> None:
        with self._lock:
            held = self._held(item)
            if held is not None and _uid(held) == _uid(item):
                self._remove(held)

    def replace(self, items: Iterable[Object]) -> list[Object]:
        """Hold exactly `items`; returns those that are gone."""
        with self._lock:
            before = [item for space in self._objects.values() for item in space.values()]
            self._objects, self._labelled = {}, {}
            for item in items:
                self._insert(item)
            return [item for item in before if self._held(item) is None]

    def get(self, namespace: str, name: str) -> Object | None:
        with self._lock:
            return self._objects.get(namespace, {}).get(name)

    def list(self, namespace: str, labels: str) -> list[Object]:
        """The objects of a namespace, or of all, that satisfy every term of a `key=value,key` selector."""
        known = next(
            (term for term in labels.split(",") if term.split("=")[0] in INDEXED and "=" in term), ""
        )
        with self._lock:
            if namespace and known:
                items = list(self._labelled.get((namespace, known), {}).values())
            else:
                spaces = [self._objects.get(namespace, {})] if namespace else list(self._objects.values())
                items = [item for space in spaces for item in space.values()]
        return [item for item in items if matches(labels, item["metadata"].get("labels", {}))]

    def _held(self, item: Object) -> Object | None:
        namespace, name = _place(item)
        return self._objects.get(namespace, {}).get(name)

    def _insert(self, item: Object) -> None:
        namespace, name = _place(item)
        self._objects.setdefault(namespace, {})[name] = item
        for term in _terms(item):
            self._labelled.setdefault((namespace, term), {})[name] = item

    def _remove(self, item: Object | None) -> None:
        if item is None:
            return
        namespace, name = _place(item)
        del self._objects[namespace][name]
        for term in _terms(item):
            held = self._labelled[namespace, term]
            del held[name]
            if not held:
                del self._labelled[namespace, term]


def slimmed(item: Object) -> Object:
    """The object without what nobody here reads: most of a pod's weight is its spec."""
    meta = dict(item["metadata"])
    if item.get("kind") not in _SHARED:
        meta.pop("managedFields", None)
    kept: dict[str, Any] = item | {"metadata": meta}
    if item.get("kind") == "Pod":
        kept.pop("spec", None)
    return kept


def _place(item: Object) -> tuple[str, str]:
    meta = item["metadata"]
    return meta.get("namespace", ""), meta["name"]


def _terms(item: Object) -> list[str]:
    labels = item["metadata"].get("labels") or {}
    return [f"{key}={labels[key]}" for key in INDEXED if key in labels]


def _version(item: Object) -> int:
    return int(item["metadata"].get("resourceVersion") or 0)


def _uid(item: Object) -> str:
    return str(item["metadata"].get("uid", ""))
