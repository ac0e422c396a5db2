"""The Kubernetes objects of a release, as data: nothing here reads or writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters.kinds import RELEASE
from canary.adapters.selectors import RELEASE_LABEL, REVISION_LABEL

if TYPE_CHECKING:
    from canary.core.model import Spec
    from canary.ports import Release

Object = dict[str, Any]

ROLES = ("stable", "canary")


def metadata(release: Release, name: str, labels: Object | None = None) -> Object:
    """Name, place, label and owner that everything of a release shares."""
    owner = {
        "apiVersion": RELEASE.api_version,
        "kind": RELEASE.name,
        "name": release.name,
        "uid": release.uid,
        "controller": True,
    }
    return {
        "name": name,
        "namespace": release.namespace,
        "labels": {RELEASE_LABEL: release.name} | (labels or {}),
        "ownerReferences": [owner],
    }


def identity(spec: Spec, revision: str) -> dict[str, str]:
    """The labels that tell the pods of one revision from all others."""
    return {RELEASE_LABEL: spec.name, REVISION_LABEL: revision}


def deployment(release: Release, spec: Spec, replicas: int) -> Object:
    """The Deployment of the revision that `spec` describes."""
    labels = identity(spec, spec.revision)
    template = dict(spec.template)
    template["metadata"] = dict(template.get("metadata") or {})
    template["metadata"]["labels"] = dict(template["metadata"].get("labels") or {}) | labels
    body = scale(release, spec.revision, replicas)
    body["spec"] |= {
        "selector": {"matchLabels": labels},
        "template": template,
        "revisionHistoryLimit": 0,
        "progressDeadlineSeconds": max(1, int(spec.progress_deadline)),
    }
    return body


def scale(release: Release, revision: str, replicas: int) -> Object:
    """Only the size of a revision whose template is no longer at hand."""
    name = f"{release.name}-{revision}"
    return {
        "metadata": metadata(release, name, {REVISION_LABEL: revision}),
        "spec": {"replicas": replicas},
    }


def service(release: Release, spec: Spec, role: str, revision: str) -> Object:
    """The Service of a role, pointing at one revision's pods."""
    return {
        "metadata": metadata(release, f"{release.name}-{role}"),
        "spec": {"selector": identity(spec, revision), "ports": [dict(port) for port in spec.ports]},
    }


def budget(release: Release, spec: Spec, revision: str) -> Object:
    """How many pods of a live revision may be evicted at once."""
    return {
        "metadata": metadata(release, f"{release.name}-{revision}", {REVISION_LABEL: revision}),
        "spec": {
            "maxUnavailable": spec.max_unavailable,
            "selector": {"matchLabels": identity(spec, revision)},
        },
    }


def owned(release: Release, found: Object) -> bool:
    """Whether the object belongs to this release, or was left behind, ownerless, by an earlier one."""
    owner = controller_of(found)
    if owner is None:
        return bool(found["metadata"].get("labels", {}).get(RELEASE_LABEL) == release.name)
    return str(owner["uid"]) == release.uid


def controller_of(found: Object) -> Object | None:
    """The owner reference that is marked as the controller."""
    owners: list[Object] = found["metadata"].get("ownerReferences", [])
    return next((owner for owner in owners if owner.get("controller")), None)
