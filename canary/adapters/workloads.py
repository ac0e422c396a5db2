"""Deployments, disruption budgets and Services of a release on Kubernetes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.adapters import adoption, objects, pods
from canary.adapters.annotations import SEAL
from canary.adapters.drift import differs, digest
from canary.adapters.kinds import BUDGET, DEPLOYMENT, POD, SERVICE, SLICE
from canary.adapters.selectors import REVISION_LABEL, of_release
from canary.adapters.templates import Templates
from canary.adapters.writes import write
from canary.core.codec import epoch
from canary.core.model import RevisionState, ServiceState
from canary.ports import NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from canary.adapters.cached import Api
    from canary.adapters.kinds import Kind
    from canary.core.model import Spec, Target
    from canary.ports import Release

Object = dict[str, Any]


class KubeWorkloads:
    """One Deployment a revision, one Service a role; only differences are written."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._templates = Templates(api)

    def revisions(self, release: Release) -> Mapping[str, RevisionState]:
        """Every revision that has a Deployment of this release."""
        alive = self._pods(release)
        return {
            revision: _state(revision, found, alive.get(revision, []))
            for revision, found in self._deployments(release).items()
        }

    def services(self, release: Release) -> tuple[ServiceState, ServiceState]:
        """Stable and canary Service; settled once the proxy's endpoints are exactly the Ready pods."""
        alive = self._pods(release)
        stable, canary = (self._service(release, role, alive) for role in objects.ROLES)
        return stable, canary

    def ensure(self, release: Release, target: Target) -> None:
        """Sizes first, then selectors, deletions last.

        Raises RefusedError when the API server does not accept an object, or it is somebody else's.
        """
        spec = release.spec
        if spec is None:
            return
        found = self._deployments(release)
        # What exists comes first: a new revision that is refused must not keep the old ones from scaling.
        for revision in sorted(target.replicas, key=lambda each: each not in found):
            self._size(release, spec, revision, target.replicas[revision], found.get(revision))
        for role, revision in zip(objects.ROLES, (target.stable_route, target.canary_route), strict=True):
            if revision:
                self._write(release, SERVICE, objects.service(release, spec, role, revision))
        self._budgets(release, spec, target)
        for revision in found.keys() - target.replicas.keys():
            self._remove(DEPLOYMENT, found[revision])
            self._templates.forget(release, revision)

    def _size(self, release: Release, spec: Spec, revision: str, size: int, found: Object | None) -> None:
        broken = found is None or _edited(found)
        if broken and (made_of := self._described(release, spec, revision)):
            self._create(release, made_of, size)
        elif found is not None and found["spec"].get("replicas") != size:
            meta = found["metadata"]
            place = {key: meta[key] for key in ("name", "namespace", "uid", "resourceVersion")}
            self._api.merge(DEPLOYMENT, {"metadata": place, "spec": {"replicas": size}})

    def _described(self, release: Release, spec: Spec, revision: str) -> Spec | None:
        """What a revision is made from: the spec, or the template that was kept when it was; None: lost."""
        if revision == spec.revision:
            return spec
        kept = self._templates.find(release, revision)
        return replace(spec, revision=revision, template=kept) if kept else None

    def _create(self, release: Release, spec: Spec, size: int) -> None:
        """Ask first: the answer to the dry run is the template as the server will keep it."""
        body = objects.deployment(release, spec, size)
        found = self._claim(release, DEPLOYMENT, body)
        rehearsed = self._api.apply(DEPLOYMENT, body, dry_run=True)
        body["metadata"]["annotations"] = {SEAL: digest(rehearsed["spec"]["template"])}
        self._templates.keep(release, spec.revision, dict(spec.template))
        write(self._api, DEPLOYMENT, body, found)

    def _budgets(self, release: Release, spec: Spec, target: Target) -> None:
        live = {revision for revision, size in target.replicas.items() if size > 0}
        for revision in live:
            self._write(release, BUDGET, objects.budget(release, spec, revision))
        for found in self._owned(release, BUDGET):
            if found["metadata"].get("labels", {}).get(REVISION_LABEL) not in live:
                self._remove(BUDGET, found)

    def _write(self, release: Release, kind: Kind, body: Object) -> None:
        """Apply an object that we own whole, if it is not like that already."""
        found = self._claim(release, kind, body)
        selector = body["spec"]["selector"]
        if found is None or differs(body, found) or found["spec"].get("selector") != selector:
            write(self._api, kind, body, found)

    def _claim(self, release: Release, kind: Kind, body: Object) -> Object | None:
        """The object as it is now, or None; RefusedError when another owner holds its name."""
        name = body["metadata"]["name"]
        try:
            found = self._api.get(kind, release.namespace, name)
        except NotFoundError:
            return None
        if not objects.owned(release, found):
            raise RefusedError(
                f"{kind.name} {release.namespace}/{name}: write: it belongs to somebody else:"
                " delete or rename it"
            )
        adoption.confirm(self._api, release, found)
        return found

    def _remove(self, kind: Kind, found: Object) -> None:
        meta = found["metadata"]
        with suppress(NotFoundError):
            self._api.delete(kind, meta["namespace"], meta["name"], meta["uid"], meta["resourceVersion"])

    def _service(self, release: Release, role: str, alive: Mapping[str, list[Object]]) -> ServiceState:
        name = f"{release.name}-{role}"
        try:
            found = self._api.get(SERVICE, release.namespace, name)
        except NotFoundError:
            return ServiceState()
        revision = (found["spec"].get("selector") or {}).get(REVISION_LABEL, "")
        slices = self._api.list(SLICE, release.namespace, f"kubernetes.io/service-name={name}")
        serving = {pod["metadata"]["name"] for pod in alive.get(revision, []) if pods.ready(pod)}
        return ServiceState(revision, settled=bool(serving) and serving == _endpoints(slices))

    def _deployments(self, release: Release) -> dict[str, Object]:
        return {
            found["metadata"]["labels"].get(REVISION_LABEL, ""): found
            for found in self._owned(release, DEPLOYMENT)
        }

    def _owned(self, release: Release, kind: Kind) -> list[Object]:
        listed = self._api.list(kind, release.namespace, of_release(release.name))
        return [found for found in listed if objects.owned(release, found)]

    def _pods(self, release: Release) -> dict[str, list[Object]]:
        """Pods of each revision, whatever their state."""
        grouped: dict[str, list[Object]] = {}
        for pod in self._api.list(POD, release.namespace, of_release(release.name)):
            grouped.setdefault(pod["metadata"]["labels"].get(REVISION_LABEL, ""), []).append(pod)
        return grouped


def _state(revision: str, found: Object, members: list[Object]) -> RevisionState:
    return RevisionState(
        revision=revision,
        replicas=int(found["spec"].get("replicas", 1)),
        ready=sum(map(pods.ready, members)),
        restarts=pods.restarts(members),
        problem=_edit(found) or _failure(found) or pods.problem(members),
        created=epoch(found["metadata"].get("creationTimestamp", "")),
    )


def _edited(found: Object) -> bool:
    seal = found["metadata"].get("annotations", {}).get(SEAL)
    return bool(digest(found["spec"]["template"]) != seal)


def _edit(found: Object) -> str:
    if not _edited(found):
        return ""
    return f"Deployment {found['metadata']['name']}: its template was edited by hand: undo the edit"


def _failure(found: Object) -> str:
    """Why the Deployment cannot make pods at all, for example a quota."""
    for each in (found.get("status") or {}).get("conditions") or []:
        if each.get("type") == "ReplicaFailure" and each.get("status") == "True":
            return f"Deployment {found['metadata']['name']}: {each.get('message', 'cannot create pods')}"
    return ""


def _endpoints(slices: Iterable[Object]) -> set[str]:
    """Names of the pods that the proxy may send requests to."""
    return {
        (each.get("targetRef") or {}).get("name", "")
        for found in slices
        for each in found.get("endpoints") or ()
        if (each.get("conditions") or {}).get("ready") is True
    }
