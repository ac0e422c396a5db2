"""Two leaders: the one that is over must not reach what the newer one has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds, objects
from canary.adapters.annotations import EPOCH, MARK, SEAL
from canary.adapters.drift import digest
from canary.adapters.fence import FENCED, Fence, FencedError, newest
from canary.adapters.memory import MemoryClock
from canary.adapters.releases import KubeReleases
from canary.adapters.routers.ingress import IngressRouter
from canary.adapters.workloads import KubeWorkloads
from canary.core.codec import status_to_json
from canary.core.model import Phase, Status, Target
from canary.ports import ConflictError

if TYPE_CHECKING:
    from canary.ports import Release

    from .fakeapi import FakeApi

RUNNING = Status(phase=Phase.PROGRESSING, weight=10, stable_revision="old", canary_revision="new")
KEY = "shop/web"


@dataclass
class Lead:
    epoch: int
    holds: bool = True
    renewed: bool = True
    asked: int = 0

    def current(self) -> bool:
        return self.renewed

    def confirmed(self) -> bool:
        self.asked += 1
        return self.holds


class Leader:
    """A controller's hands on one release."""

    def __init__(self, api: FakeApi, epoch: int) -> None:
        self.lead = Lead(epoch)
        self.fence = Fence(api, self.lead)
        self.releases = KubeReleases(self.fence, MemoryClock())
        self.router = IngressRouter(self.fence)
        self.workloads = KubeWorkloads(self.fence)

    def claimed(self) -> Release:
        return self.fence.claim(self.releases.get(KEY))


@pytest.fixture
def stored(api: FakeApi, release: Release) -> FakeApi:
    """A running release with all that belongs to it."""
    raw = dict(release.raw or {})
    api.put(kinds.RELEASE, raw | {"status": status_to_json(RUNNING, "web", (), 0.0)})
    for kind, name, spec in (
        (kinds.SERVICE, "web-stable", {"selector": {}, "ports": []}),
        (kinds.SERVICE, "web-canary", {"selector": {}, "ports": []}),
        (kinds.DEPLOYMENT, "web-old", {"replicas": 2, "template": {}}),
        (kinds.INGRESS, "web-canary", {"rules": []}),
        (kinds.HTTPROUTE, "web", {"rules": []}),
        (kinds.CONFIGMAP, "web-journal-0", {}),
    ):
        meta = objects.metadata(release, name, {"canary.serin.dev/revision": "old"})
        meta["annotations"] = {SEAL: digest({})} if kind == kinds.DEPLOYMENT else {}
        api.put(kind, {"metadata": meta, "spec": spec})
    return api


def epochs(api: FakeApi) -> dict[str, str]:
    return {
        f"{kind} {name}": found["metadata"].get("annotations", {}).get(EPOCH, "")
        for (kind, _, name), found in api.objects.items()
        if kind != "CanaryRelease"
    }


def test_a_new_leader_writes_its_epoch_on_everything_and_on_the_release_last(stored: FakeApi) -> None:
    claimed = Leader(stored, 4).claimed()
    assert set(epochs(stored).values()) == {"4"}
    assert newest([claimed.raw or {}]) == 4
    assert len(stored.writes) == len(epochs(stored)) + 1
    assert stored.writes[-1] == "merge/status CanaryRelease web"


def test_a_claimed_release_costs_nothing_more(stored: FakeApi) -> None:
    leader = Leader(stored, 4)
    leader.claimed()
    before = len(stored.writes)
    assert leader.claimed().status == RUNNING
    assert len(stored.writes) == before


def test_a_release_that_begins_under_a_new_leader_is_claimed_before_its_second_decision(
    stored: FakeApi, release: Release
) -> None:
    """The status has the epoch from the first save on; what else belongs to the release has not."""
    stored.put(kinds.RELEASE, dict(release.raw or {}))
    leader = Leader(stored, 4)
    leader.releases.save(leader.claimed(), RUNNING)
    assert set(epochs(stored).values()) == {""}
    leader.claimed()
    assert set(epochs(stored).values()) == {"4"}


def test_a_release_at_rest_is_left_alone(stored: FakeApi, release: Release) -> None:
    stored.put(kinds.RELEASE, dict(release.raw or {}))
    Leader(stored, 4).claimed()
    assert stored.writes == []


def test_what_belongs_to_somebody_else_is_not_touched(stored: FakeApi) -> None:
    key = "Service", "shop", "web-canary"
    stored.objects[key]["metadata"]["ownerReferences"] = [{"controller": True, "uid": "another"}]
    Leader(stored, 4).claimed()
    assert epochs(stored)["Service web-canary"] == ""


def test_whoever_reads_a_newer_epoch_is_over(stored: FakeApi) -> None:
    old = Leader(stored, 3)
    old.claimed()
    Leader(stored, 4).claimed()
    with pytest.raises(FencedError, match="CanaryRelease shop/web has a newer epoch"):
        old.releases.get(KEY)
    for kind in FENCED:
        with pytest.raises(FencedError, match="newer epoch"):
            old.fence.list(kind, "shop")
    with pytest.raises(FencedError, match="newer epoch"):
        old.router.observe(replace(Leader(stored, 4).claimed()))


def test_no_write_that_was_decided_before_a_newer_epoch_arrives_after_it(stored: FakeApi) -> None:
    """The old leader stood still between its reads and its writes, which go out as they were meant."""
    old = Leader(stored, 3)
    before = old.claimed()
    found = {kind: old.fence.list(kind, "shop") for kind in FENCED}
    Leader(stored, 4).claimed()
    stored.writes.clear()
    with pytest.raises(ConflictError):
        old.releases.save(before, replace(RUNNING, weight=50))
    for kind, items in found.items():
        for item in items:
            place = {key: item["metadata"][key] for key in ("name", "namespace", "resourceVersion")}
            with pytest.raises(ConflictError):
                old.fence.merge(kind, {"metadata": place, "spec": {"late": True}})
            with pytest.raises(ConflictError):
                old.fence.delete(
                    kind, "shop", place["name"], item["metadata"]["uid"], place["resourceVersion"]
                )
    assert stored.writes == []


def test_every_write_of_the_workloads_and_the_route_rests_on_a_version(stored: FakeApi) -> None:
    """Each object moves between the read of a late leader and its write; none of its writes may pass."""
    leader = Leader(stored, 3)
    release = leader.claimed()
    stored.writes.clear()
    late = Leader(Moved(stored), 3)  # type: ignore[arg-type]
    marked = Leader(Moved(stored, {MARK: "then"}), 3)  # type: ignore[arg-type]
    for target in (Target(0, "", "", {"old": 0}), Target(0, "", "", {}), Target(0, "old", "new", {"old": 2})):
        with pytest.raises(ConflictError):
            late.workloads.ensure(release, target)
    with pytest.raises(ConflictError):
        late.router.ensure(release, 90)
    with pytest.raises(ConflictError):
        marked.router.unmark(release)
    assert stored.writes == []


class Moved:
    """An api on which every object is written by somebody else just after it was read."""

    def __init__(self, api: FakeApi, notes: dict[str, str] | None = None) -> None:
        self._api, self._notes = api, notes or {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def get(self, *place: Any) -> Any:
        return self._behind(self._api.get(*place))

    def list(self, *place: Any) -> list[Any]:
        return [self._behind(each) for each in self._api.list(*place)]

    def _behind(self, found: Any) -> Any:
        meta = found["metadata"]
        notes = meta.get("annotations", {}) | self._notes
        return found | {
            "metadata": meta | {"resourceVersion": f"{meta['resourceVersion']}0", "annotations": notes}
        }


def test_who_was_not_renewed_in_time_writes_nothing(stored: FakeApi) -> None:
    leader = Leader(stored, 3)
    release = leader.claimed()
    stored.writes.clear()
    leader.lead.renewed = False
    with pytest.raises(FencedError, match="not renewed in time"):
        leader.releases.save(release, replace(RUNNING, weight=50))
    with pytest.raises(FencedError):
        leader.fence.create(kinds.EVENT, "shop", {"metadata": {"name": "late"}})
    assert stored.writes == []


def test_a_conflict_asks_for_the_lease_before_anybody_decides_again(stored: FakeApi) -> None:
    leader = Leader(stored, 3)
    release = leader.claimed()
    stored.objects["CanaryRelease", "shop", "web"]["metadata"]["resourceVersion"] = "999"
    with pytest.raises(ConflictError):
        leader.releases.save(release, replace(RUNNING, weight=50))
    assert leader.lead.asked == 1
    leader.lead.holds = False
    with pytest.raises(FencedError, match="somebody else holds it"):
        leader.releases.save(release, replace(RUNNING, weight=50))


def test_everything_that_is_written_later_has_the_epoch_too(stored: FakeApi) -> None:
    leader = Leader(stored, 3)
    release = leader.releases.save(leader.claimed(), replace(RUNNING, weight=50))
    assert newest([release.raw or {}]) == 3
    body = {"metadata": objects.metadata(release, "web-new"), "spec": {}}
    leader.fence.apply(kinds.DEPLOYMENT, body)
    assert epochs(stored)["Deployment web-new"] == "3"


def test_a_half_made_claim_is_made_whole(stored: FakeApi) -> None:
    first = Leader(stored, 4)
    stored.objects["ConfigMap", "shop", "web-journal-0"]["metadata"]["resourceVersion"] = ""
    stored.refuse = {"web-journal-0"}
    with pytest.raises(Exception, match="is wrong"):
        first.claimed()
    assert newest([first.releases.get(KEY).raw or {}]) == 0
    stored.refuse = set()
    first.claimed()
    assert set(epochs(stored).values()) == {"4"}
