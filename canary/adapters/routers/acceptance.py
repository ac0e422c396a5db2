"""What the Gateways of an HTTPRoute say about it: only words about its present generation count.

An entry of the status is matched by the parent that it speaks of. Who may speak for a parent stands in its
GatewayClass, which a controller of one namespace may not read; so every entry has to agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters.routers import routes

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]


def refusal(route: Object) -> str:
    """Why a Gateway does not take the route at all; empty when none says so."""
    name = route["metadata"]["name"]
    for place in routes.parents(route):
        for found in _said(route, place, "Accepted"):
            if found.get("status") == "False":
                why = _words(found)
                return f"HTTPRoute {name}: {_of(place)} does not accept it: {why}: correct the parentRef"
    return ""


def pending(route: Object) -> str:
    """Why the route is not in force yet as it is now; empty once every parent has taken it in."""
    name = route["metadata"]["name"]
    for place in routes.parents(route):
        if not any(found.get("status") == "True" for found in _said(route, place, "Accepted")):
            return f"{_of(place)} has not taken in HTTPRoute {name} as it is now"
        for found in _said(route, place, "ResolvedRefs"):
            if found.get("status") != "True":
                return f"{_of(place)} does not reach the backends of HTTPRoute {name} ({_words(found)})"
    return ""


def _said(route: Object, place: tuple[str, ...], kind: str) -> Iterator[Object]:
    """The conditions of one type that speak of one parent and of the generation that is stored."""
    for entry in (route.get("status") or {}).get("parents") or ():
        if routes.parent(entry["parentRef"], route) == place:
            for found in entry.get("conditions") or ():
                current = found.get("observedGeneration") == route["metadata"].get("generation")
                if current and found.get("type") == kind:
                    yield found


def _of(place: tuple[str, ...]) -> str:
    kind, namespace, name = place[:3]
    return f"{kind} {namespace}/{name}"


def _words(found: Object) -> str:
    return ": ".join(text for text in (found.get("reason"), found.get("message")) if text)[:200]
