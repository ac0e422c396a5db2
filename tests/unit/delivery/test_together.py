from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from delivery import children
from delivery.errors import StepError
from delivery.together import together

if TYPE_CHECKING:
    from pathlib import Path

    from delivery.together import Wait

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOGS", tmp_path)


def say(_: str) -> None:
    """Nobody listens."""


def sleep(seconds: float) -> None:
    children.run("sleep", [sys.executable, "-c", f"import time; time.sleep({seconds})"], say)


def fail() -> None:
    raise StepError("the base image: no mirror answers")


def test_steps_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=PATIENCE)
    together(meeting.wait, lambda _: meeting.wait())


def test_a_step_can_wait_for_the_first() -> None:
    seen: list[str] = []

    def second(first: Wait) -> None:
        seen.append("begun")
        first()
        seen.append("done")

    def leading() -> None:
        while not seen:
            time.sleep(0.01)
        seen.append("led")

    together(leading, second)
    assert seen == ["begun", "led", "done"]


def test_a_failure_ends_the_commands_of_the_others_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(StepError, match="no mirror answers"):
        together(lambda: sleep(60), lambda _: fail())
    assert time.monotonic() - began < PATIENCE


def test_a_step_that_waits_for_a_failed_first_ends_with_it() -> None:
    with pytest.raises(StepError, match="no mirror answers"):
        together(fail, lambda first: first())


def test_after_a_failure_commands_run_again() -> None:
    with pytest.raises(StepError):
        together(fail, lambda first: first())
    assert children.run("again", [sys.executable, "-c", "print('well')"], say) == "well\n"
