"""Rounds are kept one by one; what breaks one is its result, and a peer that is absent is told, not kept."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cluster.partial import Partial
from benchmarks.predict.environments import AbsentError
from benchmarks.predict.rows import Measured, Stage
from benchmarks.predict.run import run
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Told:
    def __init__(self, path: Path) -> None:
        self.partial = Partial(path, "abc")
        self.said: list[str] = []

    def run(self, play: Callable[[], dict[str, Any]], rounds: int, refusal: StepError | None = None) -> None:
        @contextmanager
        def opened(_: Stage) -> Iterator[Callable[[], dict[str, Any]]]:
            if refusal is not None:
                raise refusal
            yield play

        stage = Stage({}, None, self.said.append)  # type: ignore[arg-type] # no row here makes any load
        run([Measured("flask", "plain", opened)], rounds, self.partial, stage)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path / "partial.json")


def test_only_missing_rounds_are_played(told: Told) -> None:
    told.run(lambda: {"rate": 5}, 2)
    told.run(lambda: {"rate": 6}, 3)
    assert [(row["round"], row["rate"]) for row in told.partial.rows] == [(1, 5), (2, 5), (3, 6)]
    assert all(row["took"] >= 0 for row in told.partial.rows)


def test_a_round_that_breaks_is_kept_with_its_reason_and_the_next_is_played(told: Told) -> None:
    ends = iter([StepError("wrk: 7 got\nan error"), None])

    def play() -> dict[str, Any]:
        if (end := next(ends)) is not None:
            raise end
        return {"rate": 5}

    told.run(play, 2)
    assert [row.get("broken") for row in told.partial.rows] == ["wrk: 7 got an error", None]


def test_a_server_that_does_not_start_breaks_the_round(told: Told) -> None:
    told.run(dict, 2, StepError("flask: it ended: no such module"))
    assert [row["broken"] for row in told.partial.rows] == ["flask: it ended: no such module"]


def test_an_absent_peer_is_noted_and_tried_again_the_next_time(told: Told) -> None:
    told.run(dict, 1, AbsentError("flask: no network"))
    assert (told.partial.rows, told.partial.setting["absent"]) == ([], {"flask": "flask: no network"})
    told.run(lambda: {"rate": 5}, 1)
    assert (len(told.partial.rows), told.partial.setting["absent"]) == (1, {})
