"""What to write on a route so that no user is led to the canary: the weight 0, why, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters.annotations import MARK
from canary.adapters.kinds import HTTPROUTE, INGRESS
from canary.adapters.routers import paths, routes

if TYPE_CHECKING:
    from canary.adapters.kinds import Kind

Object = dict[str, Any]


def route(release: Object) -> tuple[Kind, str]:
    """Kind and name of the object that splits the users of a release."""
    traffic = release["spec"].get("traffic") or {}
    if traffic.get("router") == "httproute":
        return HTTPROUTE, str(traffic["httproute"])
    return INGRESS, f"{release['metadata']['name']}-canary"


def reset(release: Object, found: Object, mark: str) -> Object | None:
    """The change that takes all users back, at the version that was found; None when there are none."""
    meta, name = found["metadata"], release["metadata"]["name"]
    place = {key: meta[key] for key in ("name", "namespace", "resourceVersion")}
    if route(release)[0] == INGRESS:
        if paths.weight(found) == 0:
            return None
        return {"metadata": place | {"annotations": {paths.WEIGHT: "0", MARK: mark}}}
    if not routes.weight(found, f"{name}-canary"):
        return None
    rules = routes.emptied(found, f"{name}-canary", f"{name}-stable")
    return {"metadata": place | {"annotations": {MARK: mark}}, "spec": {"rules": rules}}
