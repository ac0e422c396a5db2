"""How long a watch may be without an answer before what it saw no longer counts."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from delivery.errors import StepError
from demo import watchers
from demo.watchers import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Look = Callable[[Watcher, threading.Event], None]

A_MOMENT = 0.05  # seconds


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Look], Watcher]]:
    """Starts a watch whose look is told which watch it is of."""
    monkeypatch.setattr(watchers, "TOLERATED", A_MOMENT)
    made: list[Watcher] = []

    def start(look: Look) -> Watcher:
        watcher = Watcher("canary Ingress", lambda stopping: look(made[0], stopping), 0.001)
        made.append(watcher)
        watcher.start()
        return watcher

    yield start
    for watcher in made:
        watcher.stop()


def test_a_watch_that_only_fails_is_not_believed(watched: Callable[[Look], Watcher]) -> None:
    failed = threading.Event()

    def look(_: Watcher, __: threading.Event) -> None:
        failed.set()
        raise OSError("refused")

    watcher = watched(look)
    assert failed.wait(5)
    time.sleep(3 * A_MOMENT)
    with pytest.raises(StepError, match="canary Ingress: no answer for 0 s: OSError: refused"):
        watcher.check()


def test_a_watch_that_is_answered_again_is_believed_before_its_look_is_over(
    watched: Callable[[Look], Watcher],
) -> None:
    again = threading.Event()
    looks: list[int] = []

    def look(watcher: Watcher, stopping: threading.Event) -> None:
        looks.append(1)
        if len(looks) == 1:
            raise OSError("refused")
        watcher.answered()
        again.set()
        stopping.wait(5)

    watcher = watched(look)
    assert again.wait(5)
    time.sleep(3 * A_MOMENT)
    watcher.check()
