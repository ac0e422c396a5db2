from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds
from canary.adapters.routers.ingress import IngressRouter
from canary.adapters.workloads import KubeWorkloads
from canary.core.model import Target
from canary.ports import ConflictError

from .test_ingress import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.ports import Release

    from .fakeapi import FakeApi

PLACE = {"namespace": "shop", "name": "web", "uid": "uid-web"}


def size(api: FakeApi, release: Release) -> None:
    assert release.spec is not None
    revision = release.spec.revision
    KubeWorkloads(api).ensure(release, Target(0, revision, revision, {revision: 3}))


def split(api: FakeApi, release: Release) -> None:
    IngressRouter(api).ensure(release, 25)


WRITES = pytest.mark.parametrize("write", [size, split])


@pytest.fixture
def let_go(api: FakeApi, release: Release) -> FakeApi:
    """Objects of the release as the garbage collector lets them go: with its label, without an owner."""
    api.put(kinds.INGRESS, route("web"))
    size(api, release)
    split(api, release)
    for found in api.objects.values():
        found["metadata"].pop("ownerReferences", None)
    api.writes.clear()
    return api


@WRITES
def test_what_an_earlier_release_left_behind_is_taken_over(
    let_go: FakeApi, release: Release, write: Callable[[FakeApi, Release], None]
) -> None:
    let_go.put(kinds.RELEASE, {"metadata": PLACE})
    write(let_go, release)
    assert let_go.writes != []


@WRITES
@pytest.mark.parametrize(
    "stored",
    [PLACE | {"deletionTimestamp": "2026-01-01T00:00:00Z"}, PLACE | {"uid": "another"}, None],
    ids=["being deleted", "made again", "gone"],
)
def test_what_a_release_that_leaves_has_let_go_is_let_alone(
    let_go: FakeApi,
    release: Release,
    write: Callable[[FakeApi, Release], None],
    stored: dict[str, Any] | None,
) -> None:
    if stored is not None:
        let_go.put(kinds.RELEASE, {"metadata": stored})
    with pytest.raises(ConflictError, match="its release is being deleted: let it alone"):
        write(let_go, release)
    assert let_go.writes == []
