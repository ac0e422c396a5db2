"""Rounds are kept one by one; a row that stands still is opened afresh, but not for ever."""

from __future__ import annotations

from typing import Any

from benchmarks.cluster.site import StandstillError
from benchmarks.reliability.run import PATIENCE, Clock, play, rounds
from delivery.errors import StepError

from .rows import Book, row


def played(book: Book, playing: Any, count: int = 2, clock: Clock | None = None) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    mine = row(playing, book)
    play(mine, book.stage, rounds(mine, count), kept.append, clock or Clock())
    return kept


def test_every_case_comes_about_as_often_however_short_the_run() -> None:
    assert rounds(row(lambda *_: {}), 2) == [("early", 1), ("late", 1), ("early", 2), ("late", 2)]


def test_what_was_measured_is_kept_and_told() -> None:
    book = Book()
    kept = played(book, lambda case, number: {"seconds": number / 2, "of": case}, count=1)
    assert [(each["row"], each["case"], each["round"], each["seconds"]) for each in kept] == [
        ("R3", "early", 1, 0.5),
        ("R3", "late", 1, 0.5),
    ]
    assert book.said[0] == "R3 early 1: took 0, seconds 0.5, of early"
    assert book.opened == 1


def test_a_round_that_breaks_is_a_result_and_the_next_one_follows() -> None:
    def playing(case: str, _: int) -> dict[str, Any]:
        if case == "early":
            raise StepError("the weight\nnever came back")
        return {"seconds": 1.0}

    book = Book()
    first, second = played(book, playing, count=1)
    assert (first["broken"], second["seconds"]) == ("the weight never came back", 1.0)
    assert book.opened == 1


def test_a_site_that_stands_still_is_set_up_afresh_for_the_next_round() -> None:
    def playing(case: str, number: int) -> dict[str, Any]:
        if (case, number) == ("early", 1):
            raise StandstillError("not at rest")
        return {"seconds": 1.0}

    book = Book()
    kept = played(book, playing)
    assert [("broken" in each, each["case"]) for each in kept] == [
        (True, "early"),
        (False, "late"),
        (False, "early"),
        (False, "late"),
    ]
    assert book.opened == 2


def test_a_row_that_always_stands_still_is_given_up() -> None:
    def playing(*_: object) -> dict[str, Any]:
        raise StandstillError("not at rest")

    book = Book()
    assert len(played(book, playing, count=5)) == book.opened == PATIENCE


def test_no_round_is_begun_for_which_there_is_no_time() -> None:
    assert len(played(Book(), lambda *_: {}, clock=Clock(minutes=0.4))) == 0
    assert len(played(Book(), lambda *_: {}, clock=Clock(minutes=0.6))) == 4
