"""What three times too much comes to, by what the load and a prober saw."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.predict import overload
from benchmarks.predict.closed import Closed
from benchmarks.predict.opened import Opened
from benchmarks.predict.questions import Question
from delivery.errors import StepError

ASKED = Question("Dubai Mall", "2025-12")
SEEN = Opened({"200": 1000, "500": 1, "503": 1997, "timeout": 2}, 900.0, 1040.0, 1100.0, 0.3, 4)


class Loads:
    """A load that lasts for three looks."""

    seconds = 2

    def closed(self, _: Any) -> Closed:
        return Closed(500.0, 15.0, 30.0)

    def begin(self, _: Any, rate: float) -> Any:
        self.rate = rate
        left = iter([None, None, None])
        return SimpleNamespace(poll=lambda: next(left, 0))

    def finish(self, _: Any) -> Opened:
        return SEEN


def server(looks: list[int | OSError], answers: list[int | OSError]) -> Any:
    def said(from_: list[int | OSError]) -> tuple[int, bytes]:
        one = from_.pop(0) if len(from_) > 1 else from_[0]
        if isinstance(one, OSError):
            raise one
        return one, b""

    return SimpleNamespace(probe=lambda *_: said(looks), ask=lambda _: said(answers))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "LOOK", 0.0)
    monkeypatch.setattr(overload, "PATIENCE", 20.0)


def test_it_asks_three_times_the_capacity_and_counts_every_kind_of_answer() -> None:
    loads = Loads()
    row = overload.measure(server([200], [200]), loads, ASKED)  # type: ignore[arg-type]
    assert loads.rate == 1500
    assert (row["accepted"], row["refused"], row["otherwise"], row["unpromising"]) == (500.0, 998.5, 3, 4)
    assert (row["looks"], row["dead_looks"], row["recovery_seconds"]) == (3, 0, pytest.approx(0, abs=10))


def test_a_prober_that_gets_no_answer_saw_it_dead() -> None:
    row = overload.measure(server([200, TimeoutError(), 503], [200]), Loads(), ASKED)  # type: ignore[arg-type]
    assert (row["looks"], row["dead_looks"]) == (3, 2)


def test_recovery_counts_to_the_first_of_many_good_answers_in_a_row() -> None:
    def slow(_: Question) -> tuple[int, bytes]:
        status = 503 if time.monotonic() < begin + 0.1 else 200
        return status, b""

    stub = server([200], [200])
    stub.ask, begin = slow, time.monotonic()
    row = overload.measure(stub, Loads(), ASKED)  # type: ignore[arg-type]
    assert 0.05 <= row["recovery_seconds"] < 10


def test_a_server_that_is_not_itself_again_breaks_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "PATIENCE", 0.3)
    with pytest.raises(StepError, match="there are no quick answers yet"):
        overload.measure(server([200], [503]), Loads(), ASKED)  # type: ignore[arg-type]
