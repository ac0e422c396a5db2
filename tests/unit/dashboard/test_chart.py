import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import chart, months
from dashboard.agreement import Expected, Sold
from dashboard.chart import NARROW, WIDE, Chart, Size

AHEAD = {month: Expected("A", 10, 6, 15) for month in months.between("2025-12", "2026-12")}


def sold(*units: int | None, stockouts: tuple[str, ...] = ()) -> Sold:
    last = months.ordinal("2025-11")
    names = [months.named(last - len(units) + 1 + at) for at in range(len(units))]
    return Sold(dict(zip(names, units, strict=True)), frozenset(stockouts))


def points(path: str) -> list[tuple[float, float]]:
    found = re.findall(r"([\d.]+) ([\d.]+)", path)
    return [(float(x), float(y)) for x, y in found]


def drawn(past: Sold | None, size: Size = WIDE) -> Chart:
    return chart.draw(past, AHEAD, "2026-01", size)


def test_more_units_lie_higher_and_later_months_further_right() -> None:
    line = points(drawn(sold(1, 8, 3)).past)[1:]
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert line[1][1] < line[2][1] < line[0][1]


def test_zero_lies_on_the_lowest_line_and_counts_on_theirs() -> None:
    picture = drawn(sold(0, 10, 20))
    line = points(picture.past)[1:]
    heights = {tick.label: tick.at for tick in picture.rows}
    assert [y for _, y in line] == [heights["0"], heights["10"], heights["20"]]
    assert heights["0"] == picture.plot[3]


def test_an_unknown_month_leaves_a_gap_and_a_lonely_one_a_dot() -> None:
    assert drawn(sold(1, None, 3, None, 5, 6)).past.count("M") == 3
    lonely = points(drawn(sold(None, 4, None)).past)
    assert len(lonely) == 2
    assert lonely[0] == lonely[1]


def test_the_interval_is_drawn_around_the_chosen_month() -> None:
    picture = drawn(None)
    low, high = picture.whisker
    assert high < picture.chosen.y < low
    assert picture.chosen.title == "January 2026: 10"


def test_a_month_that_ran_out_is_marked_where_it_was_sold() -> None:
    picture = drawn(sold(5, 6, 7, stockouts=("2025-10", "2020-01")))
    (mark,) = picture.stockouts
    assert (mark.x, mark.y) == points(picture.past)[2]
    assert mark.title == "October 2025: 6, then out of stock"


def test_a_month_that_was_not_recorded_has_no_mark() -> None:
    assert drawn(sold(5, None, 7, stockouts=("2025-10",))).stockouts == ()


def test_a_small_picture_shows_less_of_the_past() -> None:
    past = sold(*range(36))
    assert len(points(drawn(past, NARROW).past)) - 1 == NARROW.past
    assert len(points(drawn(past, WIDE).past)) - 1 == 36


def test_without_a_past_only_the_future_is_drawn() -> None:
    picture = drawn(None)
    assert (picture.past, picture.stockouts) == ("", ())
    assert picture.begin == picture.plot[0]


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (7, [0, 2, 4, 6, 8]),
        (229, [0, 50, 100, 150, 200, 250]),
    ],
)
def test_the_axis_has_round_counts(highest: int, expected: list[int]) -> None:
    assert chart._round_counts(highest) == expected


@given(
    units=st.lists(st.none() | st.integers(0, 10**6), max_size=40),
    ends=st.lists(st.tuples(*[st.integers(0, 10**6)] * 3).map(sorted), min_size=1, max_size=15),
    size=st.sampled_from([WIDE, NARROW]),
)
def test_everything_lies_inside_the_picture(
    units: list[int | None], ends: list[list[int]], size: Size
) -> None:
    first = months.ordinal("2025-12")
    ahead = {months.named(first + at): Expected("A", e[1], e[0], e[2]) for at, e in enumerate(ends)}
    picture = chart.draw(sold(*units) if units else None, ahead, "2025-12", size)
    left, top, right, bottom = picture.plot
    for x, y in points(picture.past + picture.ahead + picture.band):
        assert left <= x <= right
        assert top <= y <= bottom
    assert len(picture.rows) <= 6
