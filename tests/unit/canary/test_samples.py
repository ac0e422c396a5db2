from __future__ import annotations

from dataclasses import replace

import pytest

from canary.adapters.queries import START
from canary.adapters.samples import Increase, Series, doubtful, increases, nonsense, parse, targets

SCRAPES = (100.0, 105.0, 110.0, 115.0, 120.0)


def series(*values: float | None, instance: str = "pod:1", times: tuple[float, ...] = SCRAPES) -> Series:
    points = {time: value for time, value in zip(times, values, strict=False) if value is not None}
    return Series({"__name__": "count", "instance": instance}, points)


def found(
    counter: Series, *others: Series, since: float = 100.0, starts: tuple[float, ...] = ()
) -> list[Increase]:
    known = targets([counter, *others], {counter.instance: starts}, since)
    return increases(counter, known[counter.instance])


def gained(counter: Series, *others: Series, since: float = 100.0, starts: tuple[float, ...] = ()) -> int:
    return sum(each.amount for each in found(counter, *others, since=since, starts=starts))


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


def test_a_process_that_starts_again_counts_from_zero_even_where_no_counter_fell() -> None:
    failures = series(1, 1, 1, 2, 2)
    starts = Series(
        {"__name__": START, "instance": "pod:1"}, dict(zip(SCRAPES, (50, 50, 107, 107, 107), strict=True))
    )
    assert found(failures, starts) == [Increase(105.0, 110.0, 1), Increase(110.0, 115.0, 1)]


def test_where_every_scrape_tells_the_start_no_clocks_are_compared() -> None:
    stray = series(50, 52, 49, 54, 55)
    starts = Series({"__name__": START, "instance": "pod:1"}, dict.fromkeys(SCRAPES, 108.0))
    assert gained(stray, starts) == 5


def test_a_stray_sample_is_passed_over() -> None:
    assert gained(series(50, 52, 3, 54, 55), starts=(20.0,)) == 5


def test_a_lagging_replica_of_the_store_adds_nothing() -> None:
    assert gained(series(50, 52, 49, 51, 54)) == 4


def test_a_counter_that_the_proxy_forgot_counts_from_zero() -> None:
    assert gained(series(50, 52, 3, 4, 6)) == 2 + 3 + 1 + 2


def test_what_only_the_next_scrape_could_tell_counts_there() -> None:
    assert found(series(50, 52, 3, 4)) == [
        Increase(100.0, 105.0, 2),
        Increase(105.0, 115.0, 3),
        Increase(110.0, 115.0, 1),
    ]
    assert found(series(50, 52, 3, 4), starts=(107.0,))[1] == Increase(105.0, 110.0, 3)


def test_a_pod_that_was_out_of_sight_for_long_does_not_count_from_zero() -> None:
    stable = series(5, 6, 7, 8, 9)
    back = series(None, None, 5000, 5001, 5003, instance="old:1")
    assert gained(back, stable, starts=(79.0,)) == 1 + 2
    assert gained(back, stable, starts=(81.0,)) == 5003


def test_whether_a_pod_is_new_does_not_depend_on_when_somebody_looks() -> None:
    stable = series(5, 6, 7, 8, 9)
    slow = series(None, None, None, 4, 6, instance="slow:1")
    looks = [gained(slow, stable, since=since, starts=(84.0,)) for since in (100.0, 105.0, 110.0, 114.0)]
    assert looks == [2] * 4


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


def test_only_fallen_counters_and_newcomers_make_starts_matter() -> None:
    known = [series(5, 6, 2), series(1, 1, 3, instance="calm:1"), series(None, 1, instance="late:1")]
    assert doubtful(known, since=100.0) == {"pod:1", "late:1"}
    assert doubtful(known[1:], since=105.0) == set()


def test_samples_that_are_no_count_are_told_apart() -> None:
    values = [[100, "1"], [105, "NaN"], [110, "+Inf"], [115, "-3"], [120, "2"], [120, "2"]]
    [read] = parse([{"metric": {"instance": "pod:1"}, "values": values}])
    assert read.points == {100.0: 1.0, 120.0: 2.0}
    assert read.unusable == {105.0, 110.0, 115.0}


def test_a_sample_that_is_no_count_leaves_the_count_to_the_next_scrape() -> None:
    steady = series(5, 6, 7, 8, 9)
    failures = replace(series(100, None, None, 103, 104), unusable=frozenset((105.0, 110.0)))
    assert found(failures, steady) == [Increase(100.0, 115.0, 3), Increase(115.0, 120.0, 1)]
    from_the_start = replace(series(None, 100, 102), unusable=frozenset((100.0,)))
    assert gained(from_the_start, steady) == 2
    nothing = replace(series(), unusable=frozenset(SCRAPES))
    assert gained(nothing, steady) == 0


def test_nonsense_is_a_metric_that_ends_with_no_count() -> None:
    values = [[100, "1"], [105, "NaN"], [110, "2"]]
    told = {"__name__": "answers", "instance": "pod:1"}
    assert nonsense(parse([{"metric": told, "values": values}])) == ""
    assert nonsense(parse([{"metric": told, "values": values[:2]}])) == "answers"
    assert nonsense(parse([{"metric": told, "values": [[100, "-1"]]}])) == "answers"


def test_the_same_series_twice_is_one() -> None:
    told = {"metric": {"instance": "pod:1"}, "values": [[100, "1"], [105, "3"]]}
    [read] = parse([told, told])
    assert read.points == {100.0: 1.0, 105.0: 3.0}


@pytest.mark.parametrize(
    "answer",
    [[{"metric": {}}], [{"values": [[1, "2"]]}], [{"metric": {}, "values": [[1, "two"]]}], [None]],
    ids=["no values", "no labels", "no number", "nothing"],
)
def test_nonsense_is_not_read(answer: list[object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse(answer)  # type: ignore[arg-type]
