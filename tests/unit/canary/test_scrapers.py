from __future__ import annotations

from canary.adapters.samples import Series
from canary.adapters.scrapers import once


def series(*times: float, **labels: str) -> Series:
    return Series({"instance": "pod:1"} | labels, dict.fromkeys(times, 1.0))


def test_series_of_one_scrape_belong_together() -> None:
    every = [series(1, 6, 11, code="200"), series(6, 11, code="500"), series(11, code="404")]
    assert {each.labels["code"] for each in once(every)} == {"200", "500", "404"}


def test_of_two_scrapers_one_is_read_whoever_comes_first() -> None:
    one = [series(1, 6, 11, job="a", code="200"), series(6, 11, job="a", code="500")]
    two = [series(2, 7, 12, job="b", code="200"), series(7, 12, job="b", code="500")]
    assert {each.labels["job"] for each in once([*one, *two])} == {"a"}
    assert {each.labels["job"] for each in once([*reversed(two), *one])} == {"a"}


def test_each_target_has_its_own_scraper() -> None:
    every = [series(1, 6, job="b"), series(2, 7, job="a"), series(3, 8, job="c", instance="pod:2")]
    assert sorted(each.labels["job"] for each in once(every)) == ["a", "c"]


def test_a_scraper_that_has_stopped_is_followed_by_the_other() -> None:
    stopped, working = series(*range(1, 60, 5), job="a"), series(*range(2, 120, 5), job="b")
    assert [each.labels["job"] for each in once([stopped, working])] == ["b"]


def test_what_was_before_belongs_to_no_other_scraper() -> None:
    every = [series(1, 6, code="200"), series(11, 16, code="500")]
    assert len(once(every)) == 2


def test_a_series_without_samples_is_nobodys() -> None:
    assert once([series()]) == []
