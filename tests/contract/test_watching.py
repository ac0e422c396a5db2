"""The local copies, fed by a real API server."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest

from canary.adapters import informer
from canary.adapters.cached import CachedKube
from canary.adapters.kinds import Kind
from canary.adapters.refusals import AbsentError
from canary.ports import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from canary.adapters.kube import Kube

pytestmark = pytest.mark.cluster

DEFINITION = Kind(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False
)
SECONDS = 20.0


def until(what: str, look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def kind(kube: Kube) -> Iterator[Kind]:
    """A kind that this cluster does not have, whatever a test does about that."""
    word = f"thing{uuid.uuid4().hex[:6]}"
    made = Kind("contract.serin.test", "v1", f"{word}s", word.capitalize(), optional=True)
    yield made
    try:
        kube.delete(DEFINITION, "", f"{made.plural}.{made.group}")
    except NotFoundError:
        return


def define(kube: Kube, kind: Kind) -> None:
    names = {"plural": kind.plural, "singular": kind.name.lower(), "kind": kind.name}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": kind.version, "served": True, "storage": True, "schema": schema}
    spec = {"group": kind.group, "scope": "Namespaced", "names": names, "versions": [version]}
    kube.create(DEFINITION, "", {"metadata": {"name": f"{kind.plural}.{kind.group}"}, "spec": spec})


def made(kube: Kube, kind: Kind, namespace: str) -> bool:
    """Whether the API server knows the kind already and took an object of it."""
    try:
        kube.create(kind, namespace, {"metadata": {"name": "first"}})
    except NotFoundError:
        return False
    return True


def held(cache: CachedKube, kind: Kind, namespace: str) -> bool:
    try:
        return bool(cache.get(kind, namespace, "first"))
    except NotFoundError:
        return False


def test_a_cluster_without_an_optional_kind_holds_nothing_up_and_may_get_it_later(
    kube: Kube, namespace: str, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(informer, "ABSENT_PAUSE", 0.2)
    heard: list[str] = []
    cache = CachedKube(kube, [(kind, "")], "", lambda _, item: heard.append(item["metadata"]["name"]))
    cache.start()
    until("the cache counts as filled", cache.synced)
    with pytest.raises(AbsentError):
        cache.get(kind, namespace, "first")

    define(kube, kind)
    until("the API server takes an object of the kind", lambda: made(kube, kind, namespace))
    until("the cache has it", lambda: held(cache, kind, namespace))
    cache.stop()
    assert heard == ["first"]
