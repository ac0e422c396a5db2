"""While users ask, the weights are waited for; what does not come in time says what was seen instead."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.cluster.stretch import LateError, Stretch
from delivery.errors import StepError
from demo.observed import WeightSeen
from loadtest.records import Record

if TYPE_CHECKING:
    from pathlib import Path


class Users:
    """Traffic whose log the test writes."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.stopped = False
        self.failure = ""

    def answer(self, start: float, revision: str) -> None:
        with self.log.open("a") as log:
            log.write(Record(start, 2.0, 200, revision, "v1", "", valid=True).line())

    def check(self) -> None:
        if self.failure:
            raise StepError(self.failure)

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "requests.jsonl")


def stretch(users: Users, *weights: int) -> Stretch:
    seen = [WeightSeen(time.time() + 0.001 * number, weight) for number, weight in enumerate(weights)]
    watched = SimpleNamespace(seen=seen, watcher=SimpleNamespace(check=lambda: None))
    reads = SimpleNamespace(status=lambda: {"reason": "Holds 10 %"})
    made = Stretch(cast("Any", users), cast("Any", watched), cast("Any", reads))
    time.sleep(0.01)
    return made


def test_it_ends_when_the_weights_have_come(users: Users) -> None:
    stretch(users, 0, 10, 0).until(lambda route: list(route) == [0, 10, 0], 1, "back at 0")


def test_what_does_not_come_says_what_was_seen(users: Users) -> None:
    with pytest.raises(LateError, match=r"back at 0: not seen within 0 s; weights \[0, 10\].*Holds 10 %"):
        stretch(users, 0, 10).until(lambda route: route[-1] == 0, 0.2, "back at 0")


def test_users_that_went_away_are_not_waited_for(users: Users) -> None:
    users.failure = "user traffic: it ended with exit code 5"
    with pytest.raises(StepError, match="exit code 5"):
        stretch(users, 0).until(lambda _: False, 5, "anything")


def test_it_gives_everything_that_was_seen(users: Users) -> None:
    users.answer(time.time() - 60, "before")
    watched = stretch(users, 0, 10)
    users.answer(watched.started + 0.001, "a")
    window = watched.finish()
    assert users.stopped
    assert (window.route, [record.revision for record in window.requests]) == ([0, 10], ["a"])


def test_the_first_answer_opens_it(users: Users) -> None:
    watched = stretch(users, 0)
    users.answer(time.time(), "a")
    watched.await_users()
    assert len(watched.records()) == 1
