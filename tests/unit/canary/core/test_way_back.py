"""How a release that was taken back ends: users away, and the proxy seen to have let go of its pods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from canary.core.decide import decide
from canary.core.model import Counts, Observation, Pair, Phase, ServiceState, Status

from .build import NEW, NOW, OLD, SETTLE, look, on_step, reading, rolling_back, spec_of

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
ALREADY_LEFT = NOW - 19  # the weight was 0 before the way back began: users left with a Service


@pytest.mark.parametrize(
    ("status", "seen", "over"),
    [
        pytest.param(rolling_back(), led(0, 73), True, id="enough to show it"),
        pytest.param(rolling_back(), led(0, 72), False, id="one too few"),
        pytest.param(rolling_back(step=2), led(0, 73), True, id="enough for the first step"),
        pytest.param(rolling_back(step=2), led(0, 72), False, id="enough for the last step only"),
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
        pytest.param(rolling_back(progress_at=ALREADY_LEFT), led(0, 9000), False, id="with a Service"),
        pytest.param(rolling_back(exposed_at=0.0), BLIND, True, id="no user met it"),
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
    assert after(rolling_back(observed_weight=0.6), led(6, 994, (0, 73))).observed_weight is None
    assert after(on_step(observed_weight=9.8), look(10, reading=FAILING)).observed_weight is None


def test_a_proxy_that_does_not_follow_the_way_back_is_named_since_when() -> None:
    assert after(rolling_back(), led(50, 450)).split_off_since == NOW
    assert after(rolling_back(split_off_since=NOW - 9), led(50, 450)).split_off_since == NOW - 9
    assert after(rolling_back(split_off_since=NOW - 9), led(1, 2000)).split_off_since == 0.0
    assert after(rolling_back(split_off_since=NOW - 9), led(0, 450)).split_off_since == 0.0
