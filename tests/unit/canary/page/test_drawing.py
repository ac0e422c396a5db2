"""The picture of the evidence, as shapes with coordinates."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import log, nan

import pytest

from canary.core.replay import runs
from canary.page.drawing import BOTTOM, LEFT, RIGHT, TOP, Drawing, drawing
from canary.shown.chart import Chart, Curve, Mark, chart
from tests.unit.canary.cli.test_replay import BAD, GOOD, WENT_BACK, WENT_ON


def simple(**changes: object) -> Chart:
    made = Chart(
        title="forecast",
        subtitle="in steps",
        seconds=100.0,
        against=Curve("against the canary", ((0.0, 0.0), (100.0, log(100)))),
        proofs=(Curve("for: errors", ((0.0, 0.0), (50.0, log(10)), (50.0, nan), (60.0, 0.0), (100.0, 1.0))),),
        shares=((0.0, 0), (10.0, 10), (50.0, 50)),
        marks=(Mark(10.0, "10 %"), Mark(90.0, "back: ann", back=True)),
        lost=log(100),
        won=log(100),
        began=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def points(made: Drawing, line: int, part: int = 0) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in made.lines[line].parts[part].split())
    return [(float(x), float(y)) for x, y in pairs]


def test_a_bet_begins_at_the_left_and_ends_on_the_boundary_that_it_reaches() -> None:
    made = drawing(simple())
    against = points(made, -1)
    assert (against[0][0], against[-1][0]) == (LEFT, RIGHT)
    (boundary,) = made.boundaries
    assert against[-1][1] == boundary.at
    assert against[0][1] == next(place.y for place in made.grid if place.words == "1 : 1")


def test_a_gap_divides_a_line() -> None:
    assert len(drawing(simple()).lines[0].parts) == 2


def test_the_share_of_users_fills_the_frame_at_a_hundred_percent() -> None:
    made = drawing(simple(shares=((0.0, 0), (0.0, 50), (50.0, 100))))
    half, whole = made.bars
    assert (half.x, half.width, half.height) == (LEFT, (RIGHT - LEFT) / 2, (BOTTOM - TOP) / 2)
    assert (whole.y, whole.height, whole.words) == (TOP, BOTTOM - TOP, "100 %")


def test_decisions_are_marked_and_those_that_take_users_back_look_otherwise() -> None:
    forward, back = drawing(simple()).marks
    assert (forward.words, back.words) == ("▲ 10 %", "▼ back: ann")
    assert forward.colour != back.colour


def test_names_and_marks_do_not_cover_each_other() -> None:
    curves = tuple(Curve(f"for: rule {number}", ((0.0, 0.0), (100.0, 1.0))) for number in range(6))
    marks = tuple(Mark(50.0 + number, "25 %") for number in range(3))
    made = drawing(simple(proofs=curves, marks=marks))
    heights = sorted(name.y for name in made.names)
    assert min(upper - lower for lower, upper in pairwise(heights)) >= 16.9
    assert len({mark.words_y for mark in made.marks}) == 3


def test_lines_are_told_apart_without_colours() -> None:
    curves = tuple(Curve(f"for: rule {number}", ((0.0, 0.0), (9.0, 1.0))) for number in range(6))
    looks = [(line.dashes, line.width) for line in drawing(simple(proofs=curves)).lines]
    assert len(set(looks)) == 7


def test_a_long_release_is_drawn_with_fewer_points_and_still_to_its_end() -> None:
    many = tuple((float(second), second / 10_000) for second in range(20_000))
    made = drawing(simple(seconds=19_999.0, against=Curve("against the canary", many)))
    assert len(points(made, -1)) <= 602
    assert points(made, -1)[-1][0] == RIGHT
    assert made.axis == "hours:minutes since the release began"


@pytest.mark.parametrize(("kept", "journal"), [(GOOD, WENT_ON), (BAD, WENT_BACK)], ids=["good", "bad"])
def test_everything_of_a_real_release_lies_inside_the_frame(kept: object, journal: object) -> None:
    found = runs(replace(kept, journal=tuple(journal)))  # type: ignore[arg-type, type-var]
    made = drawing(chart(found[-1]))
    for line in range(len(made.lines)):
        for part in range(len(made.lines[line].parts)):
            assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in points(made, line, part))
    assert made.title.startswith("forecast in production")
    assert "time of day" in made.axis


def test_a_bet_that_never_began_has_no_line_and_no_name() -> None:
    made = drawing(simple(proofs=(Curve("for: errors", ()),)))
    assert [name.words for name in made.names] == ["against the canary"]
