from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.workloads import KubeWorkloads
from canary.core.model import ServiceState, Target
from canary.core.spec import revision_of as spec_revision
from canary.ports import RefusedError

if TYPE_CHECKING:
    from canary.ports import Release

    from .fakeapi import FakeApi


def revision_of(release: Release) -> str:
    assert release.spec is not None
    return release.spec.revision


def target(release: Release, size: int = 2) -> Target:
    revision = revision_of(release)
    return Target(0, revision, revision, {revision: size})


def add_pod(api: FakeApi, release: Release, name: str, *, ready: bool = True, leaving: bool = False) -> None:
    labels = {
        "canary.serin.dev/release": release.name,
        "canary.serin.dev/revision": revision_of(release),
    }
    meta: dict[str, Any] = {"name": name, "namespace": "shop", "labels": labels}
    meta |= {"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {}
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    api.put(kinds.POD, {"metadata": meta, "status": status})


def add_slice(api: FakeApi, role: str, *names: str) -> None:
    labels = {"kubernetes.io/service-name": f"web-{role}"}
    ends = [{"conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": name}} for name in names]
    meta = {"name": f"web-{role}-x", "namespace": "shop", "labels": labels}
    api.put(kinds.SLICE, {"metadata": meta, "endpoints": ends})


def test_what_is_right_already_is_not_written_again(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    api.writes.clear()
    workloads.ensure(release, target(release))
    assert api.writes == []


def test_everything_is_owned_by_the_release(api: FakeApi, release: Release) -> None:
    KubeWorkloads(api).ensure(release, target(release))
    owners = [found["metadata"]["ownerReferences"] for found in api.objects.values()]
    assert len(owners) == 5
    assert all(
        owner == [owners[0][0]] and owner[0]["uid"] == "uid-web" and owner[0]["controller"]
        for owner in owners
    )


def test_pods_are_told_apart_by_release_and_revision(api: FakeApi, release: Release) -> None:
    KubeWorkloads(api).ensure(release, target(release))
    revision = revision_of(release)
    labels = {"canary.serin.dev/release": "web", "canary.serin.dev/revision": revision}
    made = api.get(kinds.DEPLOYMENT, "shop", f"web-{revision}")["spec"]
    assert made["selector"]["matchLabels"] == labels
    assert made["template"]["metadata"]["labels"] == labels
    assert api.get(kinds.SERVICE, "shop", "web-stable")["spec"]["selector"] == labels


def test_a_new_size_is_one_small_write(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    api.writes.clear()
    workloads.ensure(release, target(release, size=3))
    assert api.writes == [f"merge Deployment web-{revision_of(release)}"]


def test_a_template_edited_by_hand_is_reported_and_put_back(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    revision = revision_of(release)
    edit = {"spec": {"containers": [{"name": "web", "image": "evil:1"}]}}
    place = {"name": f"web-{revision}", "namespace": "shop"}
    api.merge(kinds.DEPLOYMENT, {"metadata": place, "spec": {"template": edit}})
    assert "edited by hand" in workloads.revisions(release)[revision].problem
    workloads.ensure(release, target(release))
    assert workloads.revisions(release)[revision].problem == ""
    made = api.get(kinds.DEPLOYMENT, "shop", f"web-{revision}")
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == "web:1"


def test_what_somebody_did_to_a_revision_that_the_spec_left_behind_is_put_right(
    api: FakeApi, release: Release
) -> None:
    workloads, old = KubeWorkloads(api), revision_of(release)
    workloads.ensure(release, target(release))
    assert release.spec is not None
    template = {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}
    spec = replace(release.spec, template=template, revision=spec_revision(template))
    moved = replace(release, spec=spec)
    goal = Target(0, old, spec.revision, {old: 2, spec.revision: 1})
    place = {"name": f"web-{old}", "namespace": "shop"}
    edit = {"spec": {"containers": [{"name": "web", "image": "evil:1"}]}}
    api.merge(kinds.DEPLOYMENT, {"metadata": place, "spec": {"template": edit}})
    workloads.ensure(moved, goal)
    assert image_of(api, old) == "web:1"

    api.delete(kinds.DEPLOYMENT, "shop", f"web-{old}", f"uid-web-{old}")
    workloads.ensure(moved, goal)
    assert image_of(api, old) == "web:1"
    assert workloads.revisions(moved)[old].replicas == 2


def image_of(api: FakeApi, revision: str) -> str:
    found = api.get(kinds.DEPLOYMENT, "shop", f"web-{revision}")
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


def test_a_kept_template_is_believed_only_when_it_is_ours_and_what_its_name_says(
    api: FakeApi, release: Release
) -> None:
    workloads, old = KubeWorkloads(api), revision_of(release)
    workloads.ensure(release, target(release))
    assert release.spec is not None
    moved = replace(release, spec=replace(release.spec, revision="0123456789"))
    kept = api.get(kinds.CONFIGMAP, "shop", f"web-{old}")
    api.delete(kinds.DEPLOYMENT, "shop", f"web-{old}", f"uid-web-{old}")
    for wrong in ('{"spec": {}}', "{", "[]"):
        api.put(kinds.CONFIGMAP, kept | {"data": {"template.json": wrong}})
        workloads.ensure(moved, Target(0, old, "", {old: 2}))
        assert old not in workloads.revisions(moved)
    strange = [{"apiVersion": "v1", "kind": "Thing", "name": "x", "uid": "other", "controller": True}]
    api.put(kinds.CONFIGMAP, kept | {"metadata": kept["metadata"] | {"ownerReferences": strange}})
    workloads.ensure(moved, Target(0, old, "", {old: 2}))
    assert old not in workloads.revisions(moved)


def test_a_template_goes_with_its_revision(api: FakeApi, release: Release) -> None:
    workloads, revision = KubeWorkloads(api), revision_of(release)
    workloads.ensure(release, target(release))
    assert f"ConfigMap web-{revision}" in " ".join(api.writes)
    workloads.ensure(release, Target(0, "", "", {}))
    assert api.list(kinds.CONFIGMAP) == []


def test_a_refused_template_is_told_in_the_servers_words(api: FakeApi, release: Release) -> None:
    api.refuse.add(f"web-{revision_of(release)}")
    with pytest.raises(RefusedError, match=r"spec\.template: is wrong"):
        KubeWorkloads(api).ensure(release, target(release))
    assert api.writes == []


def test_a_refused_revision_does_not_keep_the_old_one_from_scaling(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    old = revision_of(release)
    assert release.spec is not None
    changed = replace(release, spec=replace(release.spec, revision="ffffffffff"))
    api.refuse.add("web-ffffffffff")
    with pytest.raises(RefusedError):
        workloads.ensure(changed, Target(0, old, old, {"ffffffffff": 1, old: 5}))
    assert workloads.revisions(changed)[old].replicas == 5


@pytest.mark.parametrize("kind", [kinds.DEPLOYMENT, kinds.SERVICE, kinds.BUDGET], ids=lambda kind: kind.name)
def test_an_object_of_somebody_else_is_left_alone(api: FakeApi, release: Release, kind: kinds.Kind) -> None:
    name = "web-stable" if kind is kinds.SERVICE else f"web-{revision_of(release)}"
    owner = [{"uid": "other", "controller": True}]
    labels = {"canary.serin.dev/release": "web"}
    meta = {"name": name, "namespace": "shop", "ownerReferences": owner, "labels": labels}
    api.put(kind, {"metadata": meta, "spec": {}})
    with pytest.raises(RefusedError, match="belongs to somebody else"):
        KubeWorkloads(api).ensure(release, target(release))
    assert api.get(kind, "shop", name)["metadata"]["ownerReferences"] == owner


def test_a_role_moves_with_one_write(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    api.writes.clear()
    revision = revision_of(release)
    workloads.ensure(release, Target(0, "0123456789", revision, {revision: 2}))
    assert api.writes == ["apply Service web-stable"]


def test_a_revision_at_rest_has_no_budget(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    workloads.ensure(release, target(release, size=0))
    assert api.list(kinds.BUDGET) == []


@pytest.mark.parametrize(
    ("endpoints", "settled"),
    [
        pytest.param(("a", "b"), True, id="exactly the Ready pods"),
        pytest.param(("a",), False, id="one is missing"),
        pytest.param(("a", "b", "old"), False, id="an old one is still there"),
        pytest.param((), False, id="none yet"),
    ],
)
def test_when_a_service_is_settled(
    api: FakeApi, release: Release, endpoints: tuple[str, ...], *, settled: bool
) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    add_pod(api, release, "a")
    add_pod(api, release, "b")
    add_pod(api, release, "starting", ready=False)
    add_pod(api, release, "leaving", leaving=True)
    add_slice(api, "stable", *endpoints)
    stable, canary = workloads.services(release)
    assert stable == ServiceState(revision_of(release), settled=settled)
    assert not canary.settled


def test_only_ready_pods_that_stay_are_counted(api: FakeApi, release: Release) -> None:
    workloads = KubeWorkloads(api)
    workloads.ensure(release, target(release))
    add_pod(api, release, "a")
    add_pod(api, release, "starting", ready=False)
    add_pod(api, release, "leaving", leaving=True)
    assert workloads.revisions(release)[revision_of(release)].ready == 1
