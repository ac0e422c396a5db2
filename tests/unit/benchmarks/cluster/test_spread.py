"""Percentiles are figures that were measured, never something in between."""

from __future__ import annotations

import pytest

from benchmarks.cluster.spread import Spread, percentile, spread

TWENTY = [float(figure) for figure in range(20, 0, -1)]


@pytest.mark.parametrize(
    ("share", "figure"),
    [
        pytest.param(0.5, 10.0, id="median"),
        pytest.param(0.95, 19.0, id="p95 of twenty is the 19th"),
        pytest.param(0.99, 20.0, id="p99 of twenty is the largest"),
        pytest.param(0.01, 1.0, id="the smallest"),
    ],
)
def test_a_percentile_is_the_nearest_rank(share: float, figure: float) -> None:
    assert percentile(TWENTY, share) == figure


def test_of_one_figure_every_percentile_is_that_figure() -> None:
    assert spread([0.4]) == Spread(1, 0.4, 0.4, 0.4, 0.4)


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle() -> None:
    assert spread(TWENTY).p50 == 10.5


def test_a_spread_reads_as_a_note() -> None:
    assert str(spread([1.0, 2.0, 9.5])) == "n 3, median 2, p95 9.5, p99 9.5, max 9.5"


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="there is none"):
        percentile([], 0.5)


def test_a_spread_has_each_percentile() -> None:
    assert spread(TWENTY) == Spread(20, 10.5, 19.0, 20.0, 20.0)
