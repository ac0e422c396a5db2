"""The killer strikes at every move once, and at random; what goes wrong ends the round."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from benchmarks.cluster.standing import Stand
from benchmarks.reliability import killer as module
from benchmarks.reliability.killer import Killer
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Victim:
    """A controller that is always ready, and notes its ends."""

    def __init__(self) -> None:
        self.ends = 0
        self.failure = ""

    def ready(self) -> bool:
        return True

    def kill(self) -> float:
        if self.failure:
            raise StepError(self.failure)
        self.ends += 1
        return time.time()


@pytest.fixture
def victim() -> Victim:
    return Victim()


@pytest.fixture
def killer(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    """One that is patient at random, so that a test sees the moves alone."""
    monkeypatch.setattr(module, "AT_WORK", 1000.0)
    monkeypatch.setattr(module, "EARLY", 0.0)
    made = Killer(cast("Any", victim), seed=1)
    made.start()
    yield made
    victim.failure = ""
    made.failure = ""
    made.stop()


def stand(weight: int) -> Stand:
    return Stand(time.time(), "Progressing", weight, 0, "s", "c")


def test_every_move_is_met_once(killer: Killer, victim: Victim) -> None:
    for weight in (0, 10, 10, 0):
        killer.moved(stand(weight))
    assert (victim.ends, killer.kills, len(killer.at_moves)) == (2, 2, 2)


def test_before_the_start_and_after_the_end_nobody_is_killed(victim: Victim) -> None:
    quiet = Killer(cast("Any", victim), seed=1)
    quiet.moved(stand(10))
    quiet.start()
    quiet.stop()
    quiet.moved(stand(25))
    assert len(quiet.at_moves) == 0


def test_it_strikes_at_random_between_the_moves(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_WORK", 0.02)
    monkeypatch.setattr(module, "STARTING", 0.02)
    killer = Killer(cast("Any", victim), seed=1)
    killer.start()
    time.sleep(0.5)
    killer.stop()
    assert victim.ends == len(killer.at_random) > 5


def test_a_victim_that_is_gone_breaks_the_round(killer: Killer, victim: Victim) -> None:
    victim.failure = "it does not start again"
    killer.moved(stand(10))
    with pytest.raises(StepError, match="does not start again"):
        killer.stop()
