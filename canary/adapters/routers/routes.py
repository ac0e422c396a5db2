"""HTTPRoute objects read as data: where rules lead, who wrote them, and who claims the same requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Object = dict[str, Any]

_EVERYTHING = {"path": {"type": "PathPrefix", "value": "/"}}


def shared(
    rules: Iterable[Mapping[str, Any]], backends: Iterable[tuple[str, int]], port: int
) -> list[Object]:
    """The rules, each leading to all of the backends: names of Services, and their weights."""
    refs = [{"name": name, "port": port, "weight": weight} for name, weight in backends]
    return [{**rule, "backendRefs": refs} for rule in rules]


def backends(route: Object) -> set[str]:
    """Every Service of its own namespace that an HTTPRoute names."""
    home = route["metadata"].get("namespace")
    return {
        str(ref["name"])
        for rule in _rules(route)
        for ref in _refs(rule)
        if ref.get("kind", "Service") == "Service" and ref.get("namespace", home) == home
    }


def weight(route: Object, canary: str) -> int | None:
    """The canary's share in percent, the largest where rules differ; None while no rule names it."""
    if canary not in backends(route):
        return None
    return max(_share(_refs(rule), canary) for rule in _rules(route))


def writer(route: Object, *us: str) -> str:
    """The field manager that wrote the rules, when it was none of us; empty when it was, or nobody knows."""
    entries = route["metadata"].get("managedFields") or ()
    wrote = [entry for entry in entries if "f:rules" in (entry.get("fieldsV1") or {}).get("f:spec", {})]
    managers = [str(entry.get("manager") or "unknown") for entry in wrote]
    return "" if set(us) & set(managers) else next(iter(managers), "")


def emptied(route: Object, canary: str, stable: str) -> list[Object]:
    """The rules with nobody led to `canary` any more, and all else of them as it was."""
    shares = {canary: 0, stable: 100}
    return [
        rule | {"backendRefs": [ref | _given(shares, str(ref["name"])) for ref in _refs(rule)]}
        for rule in _rules(route)
    ]


def parents(route: Object) -> list[tuple[str, ...]]:
    """What a route hangs on: kind, namespace, name, section and port of each parent."""
    return [parent(ref, route) for ref in route["spec"].get("parentRefs") or ()]


def parent(ref: Object, route: Object) -> tuple[str, ...]:
    """One reference to a parent with its defaults filled in, so that two can be compared."""
    home = route["metadata"].get("namespace", "")
    known = {"kind": "Gateway", "namespace": home, "sectionName": "", "port": ""} | ref
    return tuple(str(known[key]) for key in ("kind", "namespace", "name", "sectionName", "port"))


def claims(route: Object) -> set[tuple[str, ...]]:
    """Parent, host and match of every request that a route asks for; the oldest route gets an equal claim."""
    hosts = route["spec"].get("hostnames") or [""]
    matches = {_match(each) for rule in _rules(route) for each in rule.get("matches") or [_EVERYTHING]}
    return {(*place[:3], host, each) for place in parents(route) for host in hosts for each in matches}


def _match(match: Object) -> str:
    """A match in one spelling."""
    path = _EVERYTHING["path"] | (match.get("path") or {})
    if path["type"] == "PathPrefix":
        path["value"] = path["value"].rstrip("/") or "/"
    headers, params = (
        sorted((each["name"].lower(), each["value"]) for each in match.get(key) or ())
        for key in ("headers", "queryParams")
    )
    return json.dumps([path["type"], path["value"], match.get("method", ""), headers, params])


def _share(refs: Iterable[Object], canary: str) -> int:
    weights = [(str(ref["name"]), int(ref.get("weight", 1))) for ref in refs]
    total = sum(each for _, each in weights)
    return round(100 * sum(each for name, each in weights if name == canary) / total) if total else 0


def _given(shares: Mapping[str, int], name: str) -> Object:
    return {"weight": shares[name]} if name in shares else {}


def _rules(route: Object) -> Iterator[Object]:
    yield from route["spec"].get("rules") or ()


def _refs(rule: Object) -> list[Object]:
    return rule.get("backendRefs") or []
