"""`spec.traffic` of a CanaryRelease: which object leads users, and what of it Serin writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.core.model import Route

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from canary.core.fields import Field

INGRESS, HTTPROUTE = "ingress", "httproute"

_KINDS = (INGRESS, HTTPROUTE)
_ONLY_OF = {INGRESS: (INGRESS,), HTTPROUTE: (HTTPROUTE, "port", "rules")}
_MOST_RULES = 16


def route(traffic: Field, ports: Sequence[Field]) -> Route:
    """Read the route; `ports` are those of the Services. Raises SpecError."""
    chosen = traffic.get("router", INGRESS)
    if chosen.value not in _KINDS:
        raise chosen.wrong("must be ingress or httproute")
    kind: str = chosen.value
    name = traffic.get(kind).text()
    _refuse_others(traffic, kind)
    if kind == INGRESS:
        return Route(kind, name)
    return Route(kind, name, _port(traffic.get("port"), ports), _rules(traffic.get("rules", [{}])))


def _refuse_others(traffic: Field, kind: str) -> None:
    for other in _KINDS:
        for key in _ONLY_OF[other] if other != kind else ():
            if (field := traffic.get(key)).value is not None:
                raise field.wrong(
                    f"belongs to router {other}, and the router is {kind}: leave one of them out"
                )


def _port(field: Field, ports: Sequence[Field]) -> int:
    """The Service port of that name, the first one when none is named: an HTTPRoute takes numbers only."""
    known = [port.get("name").value for port in ports]
    if field.value is not None and field.value not in known:
        raise field.wrong(f"must be the name of one of spec.ports: {', '.join(map(str, known))}")
    found = ports[0 if field.value is None else known.index(field.value)]
    return found.get("port").whole(1, 65535)


def _rules(field: Field) -> tuple[Mapping[str, Any], ...]:
    rules = [each.mapping() for each in field.items(_MOST_RULES)]
    for each in rules:
        if (backends := each.get("backendRefs")).value is not None:
            raise backends.wrong("is written by the controller: leave it out")
    return tuple(each.value for each in rules)
