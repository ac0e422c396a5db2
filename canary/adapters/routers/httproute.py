"""Splits traffic with the weights of an HTTPRoute: its `rules` are ours, all else of it is its chart's.

The list of rules can have one owner only (it is atomic), so the chart renders none: what an owner has to say
about them stands in `spec.traffic.rules` of the release. docs/adr/0006-the-rules-of-an-httproute.md says why.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from canary.adapters.annotations import MARK
from canary.adapters.drift import differs
from canary.adapters.kinds import HTTPROUTE, RELEASE, SLICE
from canary.adapters.kube import MANAGER
from canary.adapters.refusals import AbsentError
from canary.adapters.routers import acceptance, routes
from canary.adapters.selectors import RELEASE_LABEL
from canary.adapters.writes import forbid, unmark
from canary.core.journal import DEADMAN
from canary.core.model import RouteState
from canary.ports import NotFoundError, RefusedError

if TYPE_CHECKING:
    from canary.adapters.cached import Api
    from canary.core.model import Spec
    from canary.ports import Release

Object = dict[str, Any]


class HTTPRouteRouter:
    """The HTTPRoute that the release names, with `NAME-stable` and `NAME-canary` behind each of its rules."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def observe(self, release: Release) -> RouteState:
        """The weight as the rules carry it now, what is wrong with the route, and what its Gateways say."""
        spec = release.spec
        if spec is None:
            return RouteState()
        try:
            found = self._api.get(HTTPROUTE, release.namespace, spec.route.name)
        except NotFoundError as error:
            return RouteState(problem=_missing(spec, error))
        weight = routes.weight(found, f"{release.name}-canary")
        # All that the dead-man ever writes is 0; its name stays there when its mark is gone.
        ours = (MANAGER,) if weight else (MANAGER, DEADMAN)
        return RouteState(
            weight=weight,
            foreign="" if weight is None else routes.writer(found, *ours),
            problem=self._problem(release, spec, found),
            port=str(spec.route.port),
            pending=self._empty(release) or acceptance.pending(found),
            mark=(found["metadata"].get("annotations") or {}).get(MARK, ""),
        )

    def ensure(self, release: Release, weight: int) -> None:
        """Make every rule carry `weight`, at the version just read, if it does not yet.

        Raises ConflictError when it moved, or the dead-man has reset it meanwhile; RefusedError when it is
        another release's or a rule is wrong.
        """
        if (spec := release.spec) is None:
            return
        try:
            found = self._api.get(HTTPROUTE, release.namespace, spec.route.name)
        except NotFoundError:
            return
        if holder := self._holder(release, found):
            raise RefusedError(holder)
        forbid(HTTPROUTE, found, weight)
        body = _wanted(release, spec, weight if self._reachable(release) else 0)
        if differs(body, found) or routes.writer(found, MANAGER):
            body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
            self._api.apply(HTTPROUTE, body)

    def unmark(self, release: Release) -> None:
        """Remove the dead-man's mark at the version just read."""
        if release.spec is not None:
            with suppress(NotFoundError):
                unmark(
                    self._api, HTTPROUTE, self._api.get(HTTPROUTE, release.namespace, release.spec.route.name)
                )

    def _problem(self, release: Release, spec: Spec, found: Object) -> str:
        if not routes.parents(found):
            return (
                f"spec.traffic.httproute: HTTPRoute {spec.route.name} names no Gateway: give it a parentRef"
            )
        return self._holder(release, found) or acceptance.refusal(found) or self._rival(release, spec, found)

    def _holder(self, release: Release, found: Object) -> str:
        """Another release that writes the rules of this route; one that is gone holds nothing."""
        holder = (found["metadata"].get("labels") or {}).get(RELEASE_LABEL, release.name)
        if holder == release.name:
            return ""
        name = found["metadata"]["name"]
        try:
            other = self._api.get(RELEASE, release.namespace, holder)
        except NotFoundError:
            return ""
        if other["spec"].get("traffic", {}).get("httproute") != name:
            return ""
        return f"HTTPRoute {name}: write: its rules are those of release {holder}: give each release its own"

    def _rival(self, release: Release, spec: Spec, found: Object) -> str:
        """Another HTTPRoute that leads users past our weight, or takes them from us."""
        mine = found | {"spec": found["spec"] | {"rules": spec.route.rules}}
        for other in self._api.list(HTTPROUTE, release.namespace):
            name = other["metadata"]["name"]
            if name == spec.route.name:
                continue
            if f"{release.name}-canary" in routes.backends(other):
                return (
                    f"spec.traffic.httproute: HTTPRoute {name} leads to Service {release.name}-canary past"
                    f" the weight: point it at {release.name}-stable"
                )
            if routes.claims(other) & routes.claims(mine):
                return (
                    f"spec.traffic.httproute: HTTPRoute {name} claims the same host and path as"
                    f" {spec.route.name}, and only the older one gets them: delete or change one of them"
                )
        return ""

    def _empty(self, release: Release) -> str:
        if not release.status.weight or self._reachable(release):
            return ""
        return f"Service {release.name}-canary has no Ready pod, so its share goes to stable"

    def _reachable(self, release: Release) -> bool:
        """Whether the canary has an endpoint: a Gateway answers the share of an empty backend with errors."""
        service = f"kubernetes.io/service-name={release.name}-canary"
        return any(
            (each.get("conditions") or {}).get("ready") is True
            for found in self._api.list(SLICE, release.namespace, service)
            for each in found.get("endpoints") or ()
        )


def _wanted(release: Release, spec: Spec, weight: int) -> Object:
    shares = ((f"{release.name}-stable", 100 - weight), (f"{release.name}-canary", weight))
    place = {"name": spec.route.name, "namespace": release.namespace}
    return {
        "metadata": place | {"labels": {RELEASE_LABEL: release.name}},
        "spec": {"rules": routes.shared(spec.route.rules, shares, spec.route.port)},
    }


def _missing(spec: Spec, error: NotFoundError) -> str:
    if isinstance(error, AbsentError):
        return "spec.traffic.router: the cluster has no HTTPRoute: install the Gateway API or choose ingress"
    return f"spec.traffic.httproute: HTTPRoute {spec.route.name} does not exist: create it or name another"
