"""How a release that was taken back ends: users away, and the proxy seen to have let go of its pods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canary.core.decide import decide
from canary.core.model import Counts, Observation, Pair, Phase, ServiceState, Status, Step, View
from canary.core.windows import watched, windows

from .build import (
    NEW,
    NOW,
    OLD,
    OTHER,
    SETTLE,
    healthy,
    look,
    on_step,
    preparing,
    promoting,
    reading,
    rolling_back,
    spec_of,
)

NEW_STABLE = ServiceState(NEW, settled=True)
FAILING = reading(Counts(100, 100), Counts(900))


def after(status: Status, seen: Observation | None = None) -> Status:
    return decide(spec_of(), status, seen or look(status.weight), NOW, SETTLE).status


def test_the_way_back_ends_when_the_proxy_has_followed() -> None:
    waiting = after(rolling_back(weight_confirmed=NOW - 0.5))
    moving = after(rolling_back(), look(10))
    unsettled = after(rolling_back(), look(0, stable=NEW_STABLE))
    found = after(rolling_back())
    assert {waiting.phase, moving.phase, unsettled.phase} == {Phase.ROLLING_BACK}
    assert waiting.reason == found.reason == "it failed"
    assert (found.phase, found.rejected_revision, found.canary_revision) == (Phase.ROLLED_BACK, NEW, "")
    assert (found.canary_route, found.rollback_until) == (OLD, NOW + 600)


def led(canary: int, stable: int, lately: tuple[int, int] | None = None) -> Observation:
    """A look after the way back began: whom the proxy led where since it could have followed."""
    then = Pair(Counts(canary), Counts(stable))
    now = then if lately is None else Pair(*map(Counts, lately))
    return look(0, reading=replace(reading(), split=then, lately=now))


BLIND = look(0, reading=None)
LONG_AGO = rolling_back(weight_confirmed=NOW - 30, settled_since=NOW - 30, progress_at=NOW - 31)
ALL = rolling_back(exposed_share=100, by_service=True)  # users left with the stable Service


@pytest.mark.parametrize(
    ("status", "seen", "over"),
    [
        pytest.param(rolling_back(), led(0, 73), True, id="enough to show it"),
        pytest.param(rolling_back(), led(0, 72), False, id="one too few"),
        pytest.param(rolling_back(), led(1, 9000), False, id="one still got there"),
        pytest.param(rolling_back(), led(50, 9000, (0, 73)), True, id="none of late"),
        pytest.param(rolling_back(), led(50, 9000, (1, 8999)), False, id="one of late"),
        pytest.param(LONG_AGO, led(50, 9000, (0, 72)), False, id="too few of late"),
        pytest.param(LONG_AGO, led(50, 9000, (0, 0)), False, id="nobody of late"),
        pytest.param(replace(LONG_AGO, blind_since=NOW - 29), BLIND, False, id="blind since a moment"),
        pytest.param(LONG_AGO, BLIND, False, id="the first blind look"),
        pytest.param(LONG_AGO, led(0, 0), True, id="nobody asks for long"),
        pytest.param(rolling_back(), led(0, 0), False, id="nobody asks"),
        pytest.param(rolling_back(), BLIND, False, id="blind"),
        pytest.param(replace(LONG_AGO, blind_since=NOW - 30), BLIND, True, id="blind for long"),
        pytest.param(rolling_back(weight_confirmed=NOW - 30), led(0, 0), False, id="Service settled later"),
        pytest.param(ALL, led(0, 20), True, id="with a Service"),
        pytest.param(ALL, led(0, 19), False, id="with a Service, one too few"),
        pytest.param(ALL, led(20, 0), False, id="with a Service, and the proxy does not follow"),
        pytest.param(rolling_back(exposed_share=0), BLIND, True, id="no user met it"),
        pytest.param(rolling_back(progress_at=NOW - 1799), led(50, 50), False, id="just before the deadline"),
        pytest.param(rolling_back(progress_at=NOW - 1800), led(50, 50), True, id="deadline"),
    ],
)
def test_a_canary_keeps_its_pods_until_the_proxy_is_seen_to_send_it_nobody(
    status: Status,
    seen: Observation,
    over: bool,  # noqa: FBT001
) -> None:
    found = after(status, seen)
    assert (found.phase is Phase.ROLLED_BACK) is over


def test_the_share_that_still_gets_there_is_told_on_the_way_back() -> None:
    assert after(rolling_back(), led(50, 450)).observed_weight == 10.0
    assert after(rolling_back(weight_confirmed=0.0), led(50, 450)).observed_weight is None
    assert after(rolling_back(observed_weight=10.0), BLIND).observed_weight is None
    assert after(rolling_back(), led(50, 450, (1, 49))).observed_weight == 2.0
    assert after(on_step(observed_weight=9.8), look(10, reading=FAILING)).observed_weight is None


@pytest.mark.parametrize(
    ("since", "seen", "named"),
    [
        pytest.param(NOW - 31, led(50, 450), True, id="it goes on"),
        pytest.param(NOW - 30.9, led(50, 450), False, id="slow answers may have begun before"),
        pytest.param(NOW - 31, led(50, 450, (0, 10)), False, id="none of late, and too few to end it"),
        pytest.param(NOW - 31, led(50, 450, (1, 999)), False, id="a stray one"),
        pytest.param(NOW - 31, BLIND, False, id="blind"),
    ],
)
def test_a_proxy_that_does_not_follow_the_way_back_is_named_since_when(
    since: float,
    seen: Observation,
    named: bool,  # noqa: FBT001
) -> None:
    back = rolling_back(weight_confirmed=since, settled_since=since - 1, progress_at=since - 2)
    assert after(back, seen).split_off_since == (NOW if named else 0.0)
    assert after(replace(back, split_off_since=NOW - 9), seen).split_off_since == (NOW - 9 if named else 0.0)


def test_the_least_share_is_remembered_whatever_the_steps_are_when_it_goes_back() -> None:
    first = decide(spec_of(), on_step(weight=0, exposed_share=0), look(0), NOW, SETTLE).status
    second = decide(spec_of(), on_step(), look(10), NOW, SETTLE).status
    assert (first.weight, first.exposed_share) == (10, 10)
    assert (second.weight, second.exposed_share) == (50, 10)
    steeper = spec_of(OTHER, steps=(Step(50), Step(100)))
    back = decide(steeper, on_step(exposed_share=10), look(10), NOW, SETTLE).status
    assert (back.phase, back.rollback_cause, back.exposed_share) == (Phase.ROLLING_BACK, "Superseded", 10)
    waiting = replace(back, weight_confirmed=NOW - 20, settled_since=NOW - 20)
    assert decide(steeper, waiting, led(0, 72), NOW, SETTLE).status.phase is Phase.ROLLING_BACK
    assert decide(steeper, waiting, led(0, 73), NOW, SETTLE).status.phase is not Phase.ROLLING_BACK


def test_users_who_came_by_the_stable_service_are_looked_for_in_the_application() -> None:
    flipped = promoting(stable_route=NEW)
    moved = after(flipped, look(100, stable=NEW_STABLE))
    assert (moved.weight, moved.by_service, watched(moved)) == (0, True, None)
    back = decide(spec_of(OTHER), moved, look(0, stable=NEW_STABLE), NOW, SETTLE).status
    assert (back.stable_route, back.exposed_share, watched(back)) == (OLD, 10, View.APPLICATION)
    by_weight = decide(spec_of(OTHER), flipped, look(100), NOW, SETTLE).status
    assert (by_weight.stable_route, watched(by_weight)) == (OLD, View.EDGE)
    assert {watched(on_step()), watched(healthy())} == {None}


def test_nothing_of_it_is_left_for_the_next_release() -> None:
    ended = after(ALL, led(0, 20))
    assert (ended.phase, ended.exposed_share, ended.by_service) == (Phase.ROLLED_BACK, 0, False)


def test_an_ordered_way_back_waits_for_everybody_from_its_move_on() -> None:
    asked_to = preparing(
        stable_revision=NEW,
        stable_route=NEW,
        canary_revision=OLD,
        rejected_revision=NEW,
        rollback_cause="RollbackOrdered",
        progress_at=NOW - 900,
    )
    back = decide(spec_of(), asked_to, look(0, canary=OLD, stable=NEW_STABLE), NOW, SETTLE).status
    assert (back.phase, back.stable_route, back.canary_revision) == (Phase.ROLLING_BACK, OLD, NEW)
    assert (back.exposed_share, back.progress_at, watched(back)) == (100, NOW, View.APPLICATION)


def test_on_the_way_back_nothing_but_the_split_is_read() -> None:
    found = windows(rolling_back(weight_confirmed=NOW - 20, settled_since=NOW - 19), NOW, SETTLE)
    assert found.settled == NOW - 18
    assert {*found.since.values(), found.step, found.recent} == {found.settled}
