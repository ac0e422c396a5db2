"""Ingress objects read as data: which paths lead where, and who claims the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Object = dict[str, Any]

CANARY = "nginx.ingress.kubernetes.io/canary"
WEIGHT = "nginx.ingress.kubernetes.io/canary-weight"
CLASS = "kubernetes.io/ingress.class"


def rerouted(stable: Object, old: str, new: str) -> list[Object]:
    """The rules of an Ingress that lead to Service `old`, leading to `new` instead."""
    rules = []
    for rule in stable["spec"].get("rules") or ():
        kept = [_towards(path, new) for path in _paths(rule) if _service(path.get("backend")) == old]
        if kept:
            host = {"host": rule["host"]} if rule.get("host") else {}
            rules.append(host | {"http": {"paths": kept}})
    return rules


def backends(ingress: Object) -> set[str]:
    """Every Service that an Ingress names."""
    named = {_service(path.get("backend")) for _, path in _all(ingress)}
    return (named | {_service(ingress["spec"].get("defaultBackend"))}) - {""}


def ports(ingress: Object, service: str) -> list[str]:
    """The ports of a Service that paths lead to, each once, in their order: by name, else by number."""
    led = [
        path["backend"]["service"] for _, path in _all(ingress) if _service(path.get("backend")) == service
    ]
    given = [each.get("port") or {} for each in led]
    return list(dict.fromkeys(str(port.get("name") or port.get("number", "")) for port in given))


def claims(ingress: Object) -> set[tuple[str, str, str]]:
    """Host, path and pathType of every path: what a proxy pairs a canary with."""
    return {
        (rule.get("host", ""), path.get("path", ""), path.get("pathType", "")) for rule, path in _all(ingress)
    }


def is_canary(ingress: Object) -> bool:
    return marks(ingress).get(CANARY) == "true"


def marks(ingress: Object) -> dict[str, str]:
    """The annotations of an Ingress."""
    return ingress["metadata"].get("annotations") or {}


def weight(ingress: Object) -> int | None:
    """The canary's share in percent, or None where the annotation is absent or no percentage."""
    text = marks(ingress).get(WEIGHT, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) <= 100 else None


def writer(ingress: Object, *us: str) -> str:
    """The field manager that owns the weight when it is none of us, else an empty string."""
    for entry in ingress["metadata"].get("managedFields") or ():
        fields = (entry.get("fieldsV1") or {}).get("f:metadata", {}).get("f:annotations", {})
        if f"f:{WEIGHT}" in fields and entry.get("manager") not in us:
            return str(entry.get("manager") or "unknown")
    return ""


def others(ingresses: Iterable[Object], *names: str) -> list[Object]:
    return [each for each in ingresses if each["metadata"]["name"] not in names]


def _all(ingress: Object) -> Iterator[tuple[Object, Object]]:
    for rule in ingress["spec"].get("rules") or ():
        for path in _paths(rule):
            yield rule, path


def _paths(rule: Object) -> list[Object]:
    return (rule.get("http") or {}).get("paths") or []


def _service(backend: Object | None) -> str:
    return str(((backend or {}).get("service") or {}).get("name", ""))


def _towards(path: Object, service: str) -> Object:
    port = path["backend"]["service"].get("port", {})
    return path | {"backend": {"service": {"name": service, "port": port}}}
