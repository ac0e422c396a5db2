from __future__ import annotations

from typing import TYPE_CHECKING

from canary.page.drawing import drawing
from canary.page.pictures import COSTLY_SECONDS, MOST, WORTH, Pictures

from .test_drawing import simple

if TYPE_CHECKING:
    from canary.page.drawing import Drawing


class Draughtsman:
    """Draws a picture in so many seconds, and counts."""

    def __init__(self) -> None:
        self.now, self.seconds, self.drawn = 100.0, COSTLY_SECONDS / 2, 0
        self.pictures = Pictures(lambda: self.now)

    def draw(self) -> Drawing:
        self.now += self.seconds
        self.drawn += 1
        return drawing(simple(title=f"picture {self.drawn}"))

    def look(self, uid: str = "u") -> str:
        found = self.pictures.of(uid, self.draw)
        assert found is not None
        return found.title


def test_a_picture_that_costs_little_is_always_fresh() -> None:
    hand = Draughtsman()
    assert [hand.look() for _ in range(3)] == ["picture 1", "picture 2", "picture 3"]


def test_a_costly_one_is_shown_again_in_proportion_to_what_it_cost() -> None:
    hand = Draughtsman()
    hand.seconds = 2.0
    assert [hand.look() for _ in range(3)] == ["picture 1"] * 3
    hand.now += WORTH * 2.0 - 0.1
    assert hand.look() == "picture 1"
    hand.now += 0.2
    assert hand.look() == "picture 2"


def test_each_release_has_its_own() -> None:
    hand = Draughtsman()
    hand.seconds = 2.0
    assert (hand.look("a"), hand.look("b"), hand.look("a")) == ("picture 1", "picture 2", "picture 1")


def test_only_the_latest_are_kept() -> None:
    hand = Draughtsman()
    hand.seconds = COSTLY_SECONDS * 100
    for number in range(MOST + 1):
        hand.look(f"release {number}")
    assert hand.look("release 0") == f"picture {MOST + 2}"
