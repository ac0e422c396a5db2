from __future__ import annotations

import logging
import time
from email.utils import formatdate

import pytest

from canary.adapters.ahead import OtherClock

NOW = 1_795_615_197.25


def heard(*ahead: float) -> tuple[OtherClock, list[float]]:
    """What the clock says after each answer of a store that is so much ahead."""
    clock, said = OtherClock("store"), []
    for each in ahead:
        clock.heard(formatdate(NOW + each, usegmt=True))
        said.append(clock.ahead(NOW))
    return clock, said


@pytest.mark.parametrize("ahead", [0.0, 0.9, -1.2, 1.4])
def test_clocks_that_agree_about_are_the_same(ahead: float) -> None:
    assert heard(ahead)[1] == [0.0]


@pytest.mark.parametrize("ahead", [30.0, -30.0, 3600.0, -3600.0])
def test_a_clock_that_is_far_off_is_known_to_a_second(ahead: float) -> None:
    assert heard(ahead)[1][0] == pytest.approx(ahead, abs=1.0)


def test_what_is_known_does_not_wobble_with_every_answer() -> None:
    assert len(set(heard(30.0, 30.6, 29.5, 30.9)[1])) == 1


def test_a_clock_that_was_set_is_believed() -> None:
    assert heard(30.0, 0.0)[1][-1] == 0.0


def test_nothing_is_known_before_an_answer_nor_from_one_without_a_date() -> None:
    clock = OtherClock("store")
    for date in (None, "", "yesterday", "Wed, 99 Nov 2026 14:00:00 GMT"):
        clock.heard(date)
    assert clock.ahead(NOW) == 0.0


def test_time_that_passes_between_answers_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, _ = heard(0.0)
    later = time.monotonic() + 100
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert clock.ahead(NOW + 100) == 0.0


def test_a_difference_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        heard(30.0, 30.0, 30.0)
    assert len(caplog.records) == 1
    assert "+30 s from ours" in caplog.text
