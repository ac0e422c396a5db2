"""Who answers last tells what the weights do not."""

from __future__ import annotations

import pytest

from benchmarks.reliability.faults.ends import Outcome, ending
from tests.unit.benchmarks.rollback.seen import NEW, OLD, answers, watched

UP = [(0.0, 0), (5.0, 10), (10.0, 100), (15.0, 0)]
BACK = [(0.0, 0), (5.0, 10), (10.0, 0)]


@pytest.mark.parametrize(
    ("route", "last", "outcome"),
    [
        pytest.param(UP, NEW, Outcome.PROMOTED, id="promoted"),
        pytest.param(UP, OLD, Outcome.TAKEN_BACK, id="taken back from 100 %"),
        pytest.param(BACK, OLD, Outcome.TAKEN_BACK, id="taken back"),
        pytest.param(UP[:3], NEW, Outcome.UNDECIDED, id="not over"),
    ],
)
def test_a_release_ended_as_those_who_answer_say(
    route: list[tuple[float, int]], last: str, outcome: Outcome
) -> None:
    assert ending(watched(route, 20.0, answers(0, 15), answers(16, 20, last)), NEW) is outcome


def test_without_an_answer_nobody_was_promoted() -> None:
    assert ending(watched(UP, 20.0), NEW) is Outcome.TAKEN_BACK
