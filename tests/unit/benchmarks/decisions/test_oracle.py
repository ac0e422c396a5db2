"""What nobody can do faster, in numbers that can be checked by hand."""

from __future__ import annotations

import pytest

from benchmarks.decisions.oracle import seconds_back, seconds_up


def test_a_total_failure_is_seen_at_the_first_scrape() -> None:
    assert seconds_back(100, 0.001, 0.999 - 0.001) == 15


def test_ten_times_the_requests_need_a_tenth_of_the_time() -> None:
    assert seconds_back(10, 0.01, 0.005) == pytest.approx(10 * seconds_back(100, 0.01, 0.005), rel=0.05)


def test_many_bad_answers_hide_a_difference() -> None:
    few, many = seconds_back(100, 0.001, 0.005), seconds_back(100, 0.01, 0.005)
    # The squared difference over the variance p(1-p) counts: about (0.005^2 / 0.012) a canary request.
    assert (few, many) == (105, pytest.approx(480, abs=60))


def test_plenty_of_requests_are_held_back_by_the_steps_alone() -> None:
    assert seconds_up(1000, 0.001) == 180


def test_few_requests_need_hours() -> None:
    assert seconds_up(10, 0.001) == pytest.approx(600, abs=60)
    assert seconds_up(1, 0.01) == 10800
