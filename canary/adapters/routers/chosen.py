"""The router that a release asks for, and what the other one must not do meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canary.adapters.kinds import HTTPROUTE, INGRESS
from canary.adapters.routers import paths, routes
from canary.adapters.routers.httproute import HTTPRouteRouter
from canary.adapters.routers.ingress import IngressRouter
from canary.core import routing

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.core.model import RouteState
    from canary.ports import Release, Router

# What would be a way past the chosen router.
_BESIDE = {
    routing.INGRESS: (HTTPROUTE, routes.backends),
    routing.HTTPROUTE: (INGRESS, paths.backends),
}


class ChosenRouter:
    """Each release has the router of its `spec.traffic.router`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._routers: dict[str, Router] = {
            routing.INGRESS: IngressRouter(api),
            routing.HTTPROUTE: HTTPRouteRouter(api),
        }

    def observe(self, release: Release) -> RouteState:
        seen = self._routers[_kind(release)].observe(release)
        return seen if seen.problem else replace(seen, problem=self._bypass(release))

    def ensure(self, release: Release, weight: int) -> None:
        self._routers[_kind(release)].ensure(release, weight)

    def unmark(self, release: Release) -> None:
        self._routers[_kind(release)].unmark(release)

    def _bypass(self, release: Release) -> str:
        """A route of the other kind to the canary, such as one left behind when the router was changed."""
        kind, backends = _BESIDE[_kind(release)]
        for other in self._api.list(kind, release.namespace):
            if f"{release.name}-canary" in backends(other):
                return (
                    f"spec.traffic.router: {kind.name} {other['metadata']['name']} leads to Service"
                    f" {release.name}-canary too, past the {_kind(release)}: delete it"
                )
        return ""


def _kind(release: Release) -> str:
    return release.spec.route.kind if release.spec else routing.INGRESS
