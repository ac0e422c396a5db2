from __future__ import annotations

import pytest

from canary.adapters.samples import Increase, Series, drops, increases, parse, targets

SCRAPES = (100.0, 105.0, 110.0, 115.0, 120.0)


def series(*values: float | None, instance: str = "pod:1", times: tuple[float, ...] = SCRAPES) -> Series:
    points = {time: value for time, value in zip(times, values, strict=False) if value is not None}
    return Series({"__name__": "count", "instance": instance}, points)


def gained(counter: Series, *others: Series, since: float = 100.0, starts: tuple[float, ...] = ()) -> int:
    known = targets([counter, *others], {counter.instance: starts}, since)
    return sum(each.amount for each in increases(counter, known[counter.instance]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((5, 7, 7, 9, 12), 7, id="steady"),
        pytest.param((5, 5, 5, 5, 5), 0, id="idle"),
        pytest.param((5,), 0, id="one sample says nothing"),
        pytest.param((5, None, None, 9, 12), 7, id="gap of the target: the block comes later, whole"),
    ],
)
def test_increases_of_one_counter(values: tuple[float | None, ...], expected: int) -> None:
    assert gained(series(*values)) == expected


def test_a_new_status_code_on_a_known_target_counts_from_zero() -> None:
    steady = series(5, 6, 7, 8, 9)
    first_failures = series(None, None, 1, 1, 3)
    assert gained(first_failures, steady) == 3


def test_a_new_pod_counts_from_zero_when_others_were_scraped_before() -> None:
    stable = series(5, 6, 7, 8, 9)
    assert gained(series(None, None, 4, 6, 6, instance="new:1"), stable) == 6


def test_nobody_can_say_what_a_target_did_in_a_gap_of_the_whole_store() -> None:
    stable = series(None, None, 5000, 5001, 5002)
    canary = series(None, None, 400, 402, 402, instance="new:1")
    assert (gained(stable, canary), gained(canary, stable)) == (2, 2)


def test_a_restart_counts_what_the_new_process_counted() -> None:
    assert gained(series(50, 52, 3, 4, 4), starts=(107.0,)) == 2 + 3 + 1


def test_a_stray_sample_is_passed_over() -> None:
    assert gained(series(50, 52, 3, 54, 55), starts=(20.0,)) == 5


def test_a_lagging_replica_of_the_store_adds_nothing() -> None:
    assert gained(series(50, 52, 49, 51, 54)) == 4


def test_a_counter_that_the_proxy_forgot_counts_from_zero() -> None:
    assert gained(series(50, 52, 3, 4, 6)) == 2 + 3 + 1 + 2


def test_whether_the_newest_drop_is_a_stray_shows_only_at_the_next_scrape() -> None:
    assert gained(series(50, 52, 52, 52, 3)) == 2


def test_a_series_that_vanished_and_came_back_counts_from_zero() -> None:
    stable = series(5, 6, 7, 8, 9)
    assert gained(series(40, None, None, 2, 3), stable) == 3


def test_each_increase_says_between_which_scrapes_it_happened() -> None:
    counter = series(5, 7, 7, 9)
    known = targets([counter], {}, 100.0)
    assert increases(counter, known["pod:1"]) == [Increase(100.0, 105.0, 2), Increase(110.0, 115.0, 2)]


def test_the_first_sight_of_a_new_target_is_never_part_of_a_split() -> None:
    newcomer = series(None, 4, instance="new:1")
    known = targets([newcomer, series(5, 6)], {}, 100.0)
    assert increases(newcomer, known["new:1"]) == [Increase(float("-inf"), 105.0, 4)]


def test_only_instances_with_a_falling_counter_are_asked_for_their_start() -> None:
    assert drops([series(5, 6, 2), series(1, 1, 3, instance="calm:1")]) == {"pod:1"}


def test_samples_that_are_no_count_are_dropped() -> None:
    values = [[100, "1"], [105, "NaN"], [110, "+Inf"], [115, "-3"], [115, "2"], [115, "2"]]
    [read] = parse([{"metric": {"instance": "pod:1"}, "values": values}])
    assert read.points == {100.0: 1.0, 115.0: 2.0}


@pytest.mark.parametrize(
    "answer",
    [[{"metric": {}}], [{"values": [[1, "2"]]}], [{"metric": {}, "values": [[1, "two"]]}], [None]],
    ids=["no values", "no labels", "no number", "nothing"],
)
def test_nonsense_is_not_read(answer: list[object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse(answer)  # type: ignore[arg-type]
