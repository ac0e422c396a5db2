from __future__ import annotations

import pytest

from canary.deadman.patience import Patience

TTL = 60.0
KEY, OTHER = "shop/web", "shop/api"


class Clock:
    """A dead-man that looks as often as it should, at releases whose heartbeats the test writes."""

    def __init__(self, now: float = 1000.0) -> None:
        self.patience, self.now = Patience(TTL), now
        self.beats: dict[str, str] = {}

    def look(self) -> dict[str, float]:
        self.now += self.patience.pause
        return self.patience.overdue(self.beats, self.now)

    def until_overdue(self, key: str) -> float:
        """Seconds until the release is found overdue."""
        begun = self.now
        while key not in self.look():
            assert self.now < begun + 10 * TTL
        return self.now - begun


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_users_have_left_within_the_ttl_of_the_last_heartbeat_whenever_it_came(clock: Clock) -> None:
    for late in (0.01, 2.5, 4.99):
        clock.beats = {KEY: f"beat at {late}"}
        clock.look()
        clock.beats[KEY] = f"again at {late}"  # `late` seconds before the next look
        clock.now -= clock.patience.pause - late
        clock.look()
        assert clock.until_overdue(KEY) + late <= TTL


def test_nobody_who_is_looked_after_is_ever_overdue(clock: Clock) -> None:
    for second in range(0, 3600, 5):
        clock.beats = {KEY: f"beat {second // 15}"}
        assert clock.look() == {}


def test_a_change_of_leaders_costs_no_release(clock: Clock) -> None:
    """A heartbeat was due when the old leader died; the new one leads after 15 s and beats at once."""
    for second in range(0, 30, 5):
        clock.beats = {KEY: "the last of the old leader"}
        assert clock.look() == {}, second
    clock.beats = {KEY: "the first of the new leader"}
    assert clock.look() == {}


def test_one_that_is_stuck_among_many_is_found_alone(clock: Clock) -> None:
    found: set[str] = set()
    for second in range(0, 120, 5):
        clock.beats = {KEY: "stuck"} | {f"shop/{name}": f"beat {second}" for name in range(50)}
        found |= set(clock.look())
    assert found == {KEY}


def test_who_has_just_started_grants_the_whole_patience(clock: Clock) -> None:
    clock.beats = {KEY: "of yesterday"}
    assert clock.until_overdue(KEY) >= TTL - 2 * clock.patience.pause


def test_what_was_at_rest_is_granted_the_whole_patience(clock: Clock) -> None:
    clock.beats = {KEY: "same"}
    for _ in range(8):
        assert clock.look() == {}
    clock.beats = {}
    clock.look()
    clock.beats = {KEY: "same"}
    for _ in range(10):
        assert clock.look() == {}
    assert clock.until_overdue(KEY) <= 3 * clock.patience.pause


def test_who_could_not_look_for_long_knows_nothing(clock: Clock) -> None:
    """An API server that was away kept the controllers from beating, too."""
    clock.beats = {KEY: "before the outage", OTHER: "too"}
    clock.look()
    clock.now += 300.0
    assert clock.look() == {}
    assert clock.until_overdue(KEY) >= TTL - 3 * clock.patience.pause


def test_a_look_that_failed_now_and_then_makes_nobody_forget(clock: Clock) -> None:
    clock.beats = {KEY: "dead"}
    begun = clock.now
    found: dict[str, float] = {}
    while not found:
        clock.now += clock.patience.pause  # every other look fails
        found = clock.look()
    assert clock.now - begun <= TTL + clock.patience.pause


def test_the_age_is_told(clock: Clock) -> None:
    clock.beats = {KEY: "dead"}
    clock.until_overdue(KEY)
    assert clock.look() == {KEY: TTL - clock.patience.pause}
