"""Splits traffic with a second Ingress that carries the canary annotations of ingress-nginx.

The annotation `canary` stays "true" for ever: toggling it would swap the routes for a moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters import adoption, objects
from canary.adapters.annotations import MARK
from canary.adapters.drift import differs
from canary.adapters.kinds import INGRESS
from canary.adapters.kube import MANAGER
from canary.adapters.routers import paths
from canary.adapters.writes import forbid, unmark, write
from canary.core.journal import DEADMAN
from canary.core.model import RouteState
from canary.ports import NotFoundError, RefusedError

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.core.model import Spec
    from canary.ports import Release

Object = dict[str, Any]


class IngressRouter:
    """The canary Ingress `NAME-canary`, paired with the stable one by host, path and pathType."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def observe(self, release: Release) -> RouteState:
        """The weight as the Ingress carries it now, and what is wrong with the route."""
        canary = self._find(release, f"{release.name}-canary")
        stable = self._find(release, release.spec.route.name) if release.spec else None
        problem = self._problem(release, release.spec, stable, canary) if release.spec else ""
        port = next(iter(_ports(release, stable)), "") if stable else ""
        if canary is None:
            return RouteState(problem=problem, port=port)
        weight, mark = paths.weight(canary), paths.marks(canary).get(MARK, "")
        # All that the dead-man ever writes is 0; its name stays there when its mark is gone.
        ours = (MANAGER,) if weight else (MANAGER, DEADMAN)
        return RouteState(weight, paths.writer(canary, *ours), problem, port, mark=mark)

    def ensure(self, release: Release, weight: int) -> None:
        """Make the canary Ingress carry `weight`, at the version just read, if it does not yet.

        Raises ConflictError when it moved, or the dead-man has reset it meanwhile; RefusedError when it
        belongs to somebody else.
        """
        if release.spec is None:
            return
        found = self._find(release, f"{release.name}-canary")
        if found is not None and not objects.owned(release, found):
            raise RefusedError(_foreign(found))
        if found is not None:
            adoption.confirm(self._api, release, found)
            forbid(INGRESS, found, weight)
        body = self._wanted(release, release.spec, found, weight)
        if body is None or (found is not None and not differs(body, found)):
            return
        write(self._api, INGRESS, body, found)

    def unmark(self, release: Release) -> None:
        """Remove the dead-man's mark at the version just read."""
        found = self._find(release, f"{release.name}-canary")
        if found is not None:
            unmark(self._api, INGRESS, found)

    def _wanted(self, release: Release, spec: Spec, found: Object | None, weight: int) -> Object | None:
        """The canary Ingress; its routes are kept when the stable one gives none any more."""
        stable = self._find(release, spec.route.name)
        routes = _routes(release, stable) if stable else None
        if routes is None and found is None:
            return None
        legacy = paths.marks(stable).get(paths.CLASS) if stable else None
        meta = objects.metadata(release, f"{release.name}-canary")
        meta["annotations"] = {paths.CANARY: "true", paths.WEIGHT: str(weight)}
        meta["annotations"] |= {paths.CLASS: legacy} if legacy else {}
        return {"metadata": meta, "spec": routes or (found or {})["spec"]}

    def _find(self, release: Release, name: str) -> Object | None:
        try:
            return self._api.get(INGRESS, release.namespace, name)
        except NotFoundError:
            return None

    def _problem(self, release: Release, spec: Spec, stable: Object | None, canary: Object | None) -> str:
        if stable is None:
            return (
                f"spec.traffic.ingress: Ingress {spec.route.name} does not exist: create it or name another"
            )
        ports = _ports(release, stable)
        if not ports:
            return _unrouted(release, stable)
        if len(ports) > 1:
            return _scattered(release, stable, ports)
        if canary is not None:
            if not objects.owned(release, canary):
                return _foreign(canary)
            if extra := _extras(canary):
                return f"Ingress {release.name}-canary: annotation {extra} changes the split: remove it"
        return self._rival(release, stable)

    def _rival(self, release: Release, stable: Object) -> str:
        """Another Ingress that would be split with us, or would split us."""
        mine = (stable["metadata"]["name"], f"{release.name}-canary")
        for other in paths.others(self._api.list(INGRESS, release.namespace), *mine):
            name = other["metadata"]["name"]
            if f"{release.name}-stable" in paths.backends(other):
                return (
                    f"spec.traffic.ingress: Ingress {name} leads to Service {release.name}-stable too"
                    " and would be split as well: point it elsewhere"
                )
            if paths.is_canary(other) and paths.claims(other) & paths.claims(stable):
                return (
                    f"spec.traffic.ingress: Ingress {name} is another canary for the same host and path:"
                    " delete it"
                )
        return ""


def _routes(release: Release, stable: Object) -> Object | None:
    """Class and rules for the canary Ingress, or None when nothing leads to the stable Service."""
    rules = paths.rerouted(stable, f"{release.name}-stable", f"{release.name}-canary")
    if not rules:
        return None
    named = stable["spec"].get("ingressClassName")
    return ({"ingressClassName": named} if named else {}) | {"rules": rules}


def _ports(release: Release, stable: Object) -> list[str]:
    return paths.ports(stable, f"{release.name}-stable")


def _scattered(release: Release, stable: Object, ports: list[str]) -> str:
    """The proxy counts each port apart, and users of the others would not be judged."""
    return (
        f"spec.traffic.ingress: Ingress {stable['metadata']['name']} leads to ports {' and '.join(ports)} of"
        f" Service {release.name}-stable, and only one can be judged: use the same port name in every path"
    )


def _unrouted(release: Release, stable: Object) -> str:
    service = f"{release.name}-stable"
    if service in paths.backends(stable):
        return (
            f"spec.traffic.ingress: Ingress {stable['metadata']['name']} names Service {service} only as"
            " defaultBackend, which no canary can share: give it a rule with a path"
        )
    return (
        f"spec.traffic.ingress: Ingress {stable['metadata']['name']} has no rule for Service {service}:"
        " point a path at it"
    )


def _foreign(found: Object) -> str:
    return f"Ingress {found['metadata']['name']}: write: it belongs to somebody else: delete or rename it"


def _extras(canary: Object) -> str:
    """A canary annotation that is not ours, for example one that changes what the weight means."""
    ours = {paths.CANARY, paths.WEIGHT}
    return next((key for key in paths.marks(canary) if key.startswith(paths.CANARY) and key not in ours), "")
