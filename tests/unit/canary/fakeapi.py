"""An API server in a dictionary: enough for adapters, with every write on record."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from canary.adapters.selectors import matches
from canary.ports import ConflictError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from canary.adapters.kinds import Kind

Object = dict[str, Any]


@dataclass
class FakeApi:
    """Objects by kind, namespace and name; `refuse` names objects that no write may touch."""

    objects: dict[tuple[str, str, str], Object] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    version: int = 100

    def put(self, kind: Kind, body: Object) -> None:
        """What others do: no write of ours."""
        meta = {"uid": f"uid-{body['metadata']['name']}", "resourceVersion": "1"} | body["metadata"]
        self.objects[kind.name, meta["namespace"], meta["name"]] = deepcopy(body | {"metadata": meta})

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        try:
            return deepcopy(self.objects[kind.name, namespace, name])
        except KeyError:
            raise NotFoundError(f"{kind.name} {namespace}/{name}: read: not found: check the name") from None

    live = get

    def list(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Object]:
        return [
            deepcopy(found)
            for (name, space, _), found in self.objects.items()
            if name == kind.name
            and namespace in {"", space}
            and matches(labels, found["metadata"].get("labels") or {})
        ]

    def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        self.version += 1
        meta = dict(body["metadata"])
        meta["name"] = meta.get("name") or f"{meta['generateName']}{self.version}"
        return self._write("create", kind, body | {"metadata": meta | {"namespace": namespace}})

    def apply(self, kind: Kind, body: Object, *, subresource: str = "", dry_run: bool = False) -> Object:
        if subresource:
            self.get(kind, body["metadata"]["namespace"], body["metadata"]["name"])
        if dry_run:
            self._check(kind, body)
            return body
        return self._write(f"apply{'/' if subresource else ''}{subresource}", kind, body)

    def merge(self, kind: Kind, body: Object, *, subresource: str = "") -> Object:
        self.get(kind, body["metadata"]["namespace"], body["metadata"]["name"])
        return self._write(f"merge{'/' if subresource else ''}{subresource}", kind, body)

    def replace(self, kind: Kind, body: Object) -> Object:
        self.get(kind, body["metadata"]["namespace"], body["metadata"]["name"])
        return self._write("replace", kind, body)

    def delete(self, kind: Kind, namespace: str, name: str, uid: str = "", version: str = "") -> None:
        held = self.get(kind, namespace, name)["metadata"]
        assert uid == held["uid"]
        if version and version != held["resourceVersion"]:
            raise ConflictError(f"{kind.name} {name}: delete: it moved: read it again")
        self.writes.append(f"delete {kind.name} {name}")
        del self.objects[kind.name, namespace, name]

    def _check(self, kind: Kind, body: Object) -> None:
        name = body["metadata"]["name"]
        if name in self.refuse:
            raise RefusedError(f"{kind.name} {name}: apply: spec.template: is wrong: correct the object")

    def _write(self, verb: str, kind: Kind, body: Object) -> Object:
        self._check(kind, body)
        meta = body["metadata"]
        key = kind.name, meta["namespace"], meta["name"]
        held = self.objects.get(key, {"metadata": {"uid": f"uid-{meta['name']}"}})
        wanted = meta.get("resourceVersion")
        if wanted and key in self.objects and wanted != held["metadata"].get("resourceVersion"):
            raise ConflictError(f"{kind.name} {meta['name']}: {verb}: it moved: read it again")
        self.version += 1
        merged = _merged(held, deepcopy(body))
        merged["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = merged
        self.writes.append(f"{verb} {kind.name} {meta['name']}")
        return deepcopy(merged)


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    merged = old | {key: _merged(old.get(key), value) for key, value in new.items()}
    return {key: value for key, value in merged.items() if value is not None}
