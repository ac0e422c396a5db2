from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from canary.adapters import kinds, lease
from canary.adapters.lease import Lease
from canary.adapters.memory import MemoryClock
from canary.ports import ConflictError, UnreachableError

if TYPE_CHECKING:
    from .fakeapi import FakeApi

AS_SHIPPED = (lease.DEADLINE, lease.RETRY)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RETRY", 0.01)
    monkeypatch.setattr(lease, "DEADLINE", 0.2)


def candidate(api: FakeApi, name: str) -> Lease:
    return Lease(api, MemoryClock(), "system", "election", name)  # type: ignore[arg-type]


def held(api: FakeApi) -> dict[str, Any]:
    found: dict[str, Any] = api.get(kinds.LEASE, "system", "election")["spec"]
    return found


def write(api: FakeApi, holder: str, seconds: int = 10, transitions: int = 3) -> None:
    spec = {"holderIdentity": holder, "leaseDurationSeconds": seconds, "leaseTransitions": transitions}
    api.put(kinds.LEASE, {"metadata": {"name": "election", "namespace": "system"}, "spec": spec})


def test_the_first_candidate_makes_the_lease(api: FakeApi) -> None:
    assert candidate(api, "one").acquire()
    assert (held(api)["holderIdentity"], held(api)["leaseTransitions"]) == ("one", 1)


def test_a_lease_that_is_renewed_is_not_taken(api: FakeApi) -> None:
    write(api, "other")
    second = candidate(api, "two")
    threading.Timer(0.2, second.stop).start()
    assert not second.acquire()
    assert held(api)["holderIdentity"] == "other"


def test_a_silent_holder_is_followed_by_our_own_clock_whatever_the_lease_says(api: FakeApi) -> None:
    write(api, "other", seconds=0)
    spec = held(api) | {"renewTime": "2999-01-01T00:00:00.000000Z", "leaseDurationSeconds": 0.1}
    api.put(kinds.LEASE, {"metadata": {"name": "election", "namespace": "system"}, "spec": spec})
    started = time.monotonic()
    assert candidate(api, "two").acquire()
    assert time.monotonic() - started >= 0.1
    assert (held(api)["holderIdentity"], held(api)["leaseTransitions"]) == ("two", 4)


def test_a_lease_that_was_given_back_is_taken_at_once(api: FakeApi) -> None:
    first = candidate(api, "one")
    first.acquire()
    first.give_back()
    assert candidate(api, "two").acquire()
    assert held(api)["leaseTransitions"] == 2


def test_our_own_lease_is_taken_up_again_at_once_as_another_epoch(api: FakeApi) -> None:
    write(api, "one")
    again = candidate(api, "one")
    assert again.acquire()
    assert held(api)["leaseTransitions"] == again.epoch == 4


def test_holding_renews_until_told_to_stop(api: FakeApi) -> None:
    first = candidate(api, "one")
    first.acquire()
    threading.Timer(0.1, first.stop).start()
    assert first.hold()
    assert api.writes.count("replace Lease election") > 1


def test_a_lease_that_somebody_else_took_is_lost(api: FakeApi) -> None:
    first = candidate(api, "one")
    first.acquire()
    write(api, "two")
    assert not first.hold()


def test_an_edit_of_the_object_is_not_a_loss(api: FakeApi) -> None:
    first = candidate(api, "one")
    first.acquire()
    write(api, "one", transitions=1)
    threading.Timer(0.1, first.stop).start()
    assert first.hold()


@pytest.mark.parametrize("error", [UnreachableError, ConflictError])
def test_who_cannot_renew_stops_leading_before_the_lease_runs_out(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    first = candidate(api, "one")
    first.acquire()

    def fail(*_: object) -> None:
        raise error("Lease system/election: replace: no: try again")

    monkeypatch.setattr(api, "replace", fail)
    started = time.monotonic()
    assert not first.hold()
    assert time.monotonic() - started < 5  # of the 10 s that it lasts


def test_the_lead_is_lost_before_another_candidate_may_take_it() -> None:
    assert sum(AS_SHIPPED) < lease.DURATION


def test_a_lease_that_was_taken_in_our_own_name_is_lost(api: FakeApi) -> None:
    first = candidate(api, "one")
    first.acquire()
    candidate(api, "one").acquire()
    assert not first.confirmed()
    assert not first.hold()


def test_a_deleted_lease_does_not_let_the_epochs_begin_anew(api: FakeApi) -> None:
    again = candidate(api, "two")
    again.acquire()
    again.rise_above(41)
    threading.Timer(0.1, again.stop).start()
    again.hold()
    assert held(api)["leaseTransitions"] == again.epoch == 42
    third = candidate(api, "two")
    third.acquire()
    third.rise_above(7)
    assert third.epoch == 43


def test_a_lease_that_is_gone_or_another_ones_is_not_confirmed(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = candidate(api, "one")
    first.acquire()
    assert first.confirmed()
    write(api, "two")
    assert not first.confirmed()
    api.objects.clear()
    assert not first.confirmed()

    def fail(*_: object) -> None:
        raise UnreachableError("API server: GET: no answer: is it running?")

    monkeypatch.setattr(api, "get", fail)
    assert first.confirmed()


def test_the_lead_is_current_only_while_it_is_renewed_and_not_given_back(api: FakeApi) -> None:
    first = candidate(api, "one")
    assert not first.current()
    first.acquire()
    assert first.current()
    time.sleep(lease.DEADLINE + 0.05)
    assert not first.current()
    first.acquire()
    first.give_back()
    assert not first.current()
