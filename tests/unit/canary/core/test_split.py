from __future__ import annotations

from dataclasses import replace

import pytest

from canary.core import split
from canary.core.checkpoint import pack
from canary.core.evidence import advance, begin
from canary.core.model import Block, Counts, Finished, JournalEntry, Pair, Phase, View
from canary.core.rules import held_against
from canary.core.windows import windows

from .build import NOW, OLD, OTHER, on_step, preparing, spec_of


def seen(canary: int, stable: int) -> Pair:
    return Pair(Counts(canary), Counts(stable))


@pytest.mark.parametrize(
    ("canary", "stable", "weight", "off"),
    [
        (10, 90, 10, False),
        (100, 900, 10, False),
        (0, 72, 10, False),
        (0, 73, 10, True),
        (60, 40, 10, True),
        (19, 0, 10, False),
        (20, 0, 10, True),
        (1000, 0, 100, False),
        (1000, 1, 100, False),
        (900, 100, 100, True),
        (100_000, 0, 100, False),
        (0, 1000, 0, False),
        (0, 100_000, 0, False),
        (100, 900, 0, True),
        (1_000_000, 9_000_000, 10, False),
        (1_010_000, 8_990_000, 10, True),
        (-5, 100, 10, True),
    ],
)
def test_off(canary: int, stable: int, weight: int, off: bool) -> None:  # noqa: FBT001
    assert split.off(seen(canary, stable), weight) is off


def test_nobody_asked() -> None:
    assert split.observed(seen(0, 0)) is None
    assert split.observed(seen(-3, -4)) is None
    assert not split.known(seen(10, 9))
    assert split.observed(seen(1, 9)) == 10.0


@pytest.mark.parametrize(("weight", "requests"), [(10, 73), (1, 757), (50, 20), (100, 20)])
def test_how_many_requests_it_takes_to_notice_a_proxy_that_ignores_the_weight(
    weight: int, requests: int
) -> None:
    assert split.requests_to_notice(weight) == requests
    assert split.off(seen(0, requests), weight)
    assert split.lacking(seen(0, requests), weight) == 0
    assert split.lacking(seen(1, 2), weight) == requests - 3


@pytest.mark.parametrize(
    ("canary", "stable", "weight", "obeyed"),
    [
        (10, 90, 10, True),
        (0, 90, 10, False),
        (7, 64, 10, False),
        (60, 0, 100, True),
        (19, 0, 100, False),
        (0, 0, 10, False),
    ],
)
def test_a_late_proxy_is_forgiven_by_what_it_does_now_and_not_by_silence(
    canary: int, stable: int, weight: int, *, obeyed: bool
) -> None:
    assert split.obeyed(seen(canary, stable), weight) is obeyed


def test_no_share_asks_for_no_division_by_it() -> None:
    assert split.requests_to_notice(0) == 7598


def test_the_windows_of_a_confirmed_step() -> None:
    found = windows(
        on_step(weight_confirmed=NOW - 300, settled_since=NOW - 40, exposed_at=NOW - 900), NOW, 2.0
    )
    assert (found.step, found.settled, found.recent) == (NOW - 300, NOW - 38, NOW - 60)
    assert found.exposed == NOW - 900


def test_what_stable_did_in_the_two_minutes_before_a_release_is_read_too() -> None:
    assert windows(on_step(started=NOW - 40), NOW, 2.0).since == dict.fromkeys(View, NOW - 160)


ENTRY = JournalEntry(1, NOW - 70, 0, 0, Phase.HEALTHY, OLD, "readiness", "", "it is the first one", "ann")


def test_what_an_earlier_canary_did_is_not_read() -> None:
    before = Finished(OTHER, "Promoted", NOW - 500, NOW - 90, "because", "ann")
    assert windows(on_step(started=NOW - 40, history=(before,)), NOW, 2.0).since[View.EDGE] == NOW - 90


def test_what_an_earlier_stable_revision_did_is_not_read() -> None:
    first, mine = ENTRY, replace(ENTRY, time=NOW - 30)
    assert windows(on_step(started=NOW - 40, journal=(first, mine)), NOW, 2.0).since[View.EDGE] == first.time


def test_nothing_that_was_taken_in_is_read_again() -> None:
    held_to = held_against(spec_of())
    state = advance(held_to, begin(held_to), View.EDGE, Block(NOW - 20, NOW - 15), 10)
    found = windows(on_step(checkpoint=pack(held_to, state, NOW - 14)), NOW, 2.0)
    assert found.since == {View.EDGE: NOW - 15, View.APPLICATION: NOW - 160}


def test_ten_minutes_are_enough_for_what_is_no_evidence() -> None:
    long = on_step(weight_confirmed=NOW - 900, settled_since=NOW - 900)
    found = [windows(long, NOW + seconds, 2.0) for seconds in (0, 39, 40)]
    assert (
        [each.step for each in found] == [each.settled for each in found] == [NOW - 620, NOW - 620, NOW - 560]
    )


def test_the_last_minute_does_not_reach_back_before_the_first_user() -> None:
    assert windows(on_step(exposed_at=NOW - 7), NOW, 2.0).recent == NOW - 7
    assert windows(preparing(), NOW, 2.0).recent == NOW


def test_the_windows_stay_where_they_are_while_a_weight_is_awaited() -> None:
    waiting = on_step(weight_confirmed=0.0, settled_since=0.0, progress_at=NOW - 3)
    first, second = windows(waiting, NOW, 2.0), windows(waiting, NOW + 1, 2.0)
    assert (first.step, first.settled) == (second.step, second.settled) == (NOW - 3, NOW - 1)
