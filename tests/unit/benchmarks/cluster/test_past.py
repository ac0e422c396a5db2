"""What a release left behind, read out of what was kept of it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cluster import past
from benchmarks.cluster.standing import Stand, longest_apart, stand_of
from canary.core.model import JournalEntry, Phase
from canary.core.records import Kept
from canary.ports import NotFoundError
from delivery.errors import StepError
from demo.observed import WeightSeen
from demo.reads import Subject
from tests.unit.canary.core.tape import taped

if TYPE_CHECKING:
    from collections.abc import Callable

SUBJECT = Subject("measured", "forecast")


def line(sequence: int, before: int, after: int, rule: str = "errors/edge") -> JournalEntry:
    return JournalEntry(
        sequence, 1000.0 + sequence, before, after, Phase.PROGRESSING, "c", rule, "", "because", "x"
    )


ROUTE = [line(1, 0, 10), line(2, 10, 10, "order"), line(3, 10, 25), line(4, 25, 0)]


def test_a_journal_is_read_as_the_way_that_the_weight_took() -> None:
    assert past.path(ROUTE) == [0, 10, 25, 0]
    assert past.path([]) == []


def test_what_somebody_else_wrote_is_no_step_of_the_way() -> None:
    assert past.path([*ROUTE[:3], line(9, 90, 25, "foreign"), ROUTE[3]]) == [0, 10, 25, 0]


@pytest.mark.parametrize(
    ("route", "carried"),
    [
        pytest.param([0, 10, 25, 0], True, id="as it was asked"),
        pytest.param([0, 10, 0], True, id="the way back overtook the last step"),
        pytest.param([0, 25, 0], False, id="a step was left out"),
        pytest.param([0, 10, 25], False, id="the way back was left out"),
        pytest.param([0, 10, 25, 50, 0], False, id="nobody asked for it"),
        pytest.param([0, 10, 25, 10, 25, 0], False, id="a step was made twice"),
    ],
)
def test_a_route_carries_the_weights_of_its_journal(route: list[int], *, carried: bool) -> None:
    assert past.carried(route, past.path(ROUTE)) is carried


def test_a_promotion_carries_everybody_before_its_route_ends() -> None:
    assert past.carried([0, 10, 100, 0], [0, 10, 100, 0])
    assert not past.carried([0, 10, 0], [0, 10, 100, 0])


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def kept(journal: Any = (), records: Kept | None = None, error: Exception | None = None) -> None:
        def release(*_: object) -> object:
            if error is not None:
                raise error
            return object()

        counter = SimpleNamespace(
            release=release, journal=lambda _: list(journal), kept=lambda _: records or Kept()
        )
        monkeypatch.setattr(past, "desk", lambda _: counter)

    return kept


def test_lines_about_other_revisions_are_left_out(kept: Callable[..., None]) -> None:
    kept(journal=ROUTE)
    assert past.journal({}, SUBJECT, "c") == ROUTE
    assert past.journal({}, SUBJECT, "d") == []


def test_a_release_that_is_away_is_told_in_one_line(kept: Callable[..., None]) -> None:
    kept(error=NotFoundError("CanaryRelease x: read: not found"))
    with pytest.raises(StepError, match="measured: journal: CanaryRelease x"):
        past.journal({}, SUBJECT, "c")
    with pytest.raises(StepError, match="measured: replay: CanaryRelease x"):
        past.disagreements({}, SUBJECT, "c")


def test_a_release_of_which_nothing_is_recorded_proves_nothing(kept: Callable[..., None]) -> None:
    kept()
    with pytest.raises(StepError, match="nothing is recorded of revision c"):
        past.disagreements({}, SUBJECT, "c")


def test_every_move_of_a_release_is_confirmed_by_its_looks_and_its_lines(kept: Callable[..., None]) -> None:
    tape, _ = taped()
    tape.world.upgrade("service:2")
    tape.world.run(300, until=Phase.PROMOTING)
    lines, looks = tape.kept.journal, replace(tape.kept, journal=())
    revision = lines[-1].revision
    kept(journal=lines, records=looks)
    assert past.disagreements({}, SUBJECT, revision) == ()
    kept(journal=[each for each in lines if each.weight_to != 10], records=looks)
    (said,) = past.disagreements({}, SUBJECT, revision)
    assert "the weight went from 0 % to 10 % without a line" in said


def stand(time: float, weight: int) -> Stand:
    return stand_of({"phase": "Progressing", "weight": weight, "stableRevision": "s"}, time)


@pytest.mark.parametrize(
    ("stands", "weights", "longest"),
    [
        pytest.param([(1, 0), (5, 10)], [(1, 0), (5.2, 10)], 0.2, id="one step, soon followed"),
        pytest.param([(1, 0), (5, 10)], [(1, 0), (8.5, 10)], 3.5, id="one step, late"),
        pytest.param([(1, 0), (5, 10)], [(1, 0)], 5.0, id="never followed"),
        pytest.param([(1, 0)], [(1, 0), (5, 90), (5.5, 0)], 0.5, id="somebody else's weight"),
        pytest.param([(1, 0)], [(1, 0)], 0.0, id="nothing moved"),
    ],
)
def test_how_long_the_route_carried_another_weight_than_asked(
    stands: list[tuple[float, int]], weights: list[tuple[float, int]], longest: float
) -> None:
    seen = [WeightSeen(*each) for each in weights]
    found = longest_apart([stand(*each) for each in stands], seen, 10.0)
    assert found == pytest.approx(longest)


def test_a_controller_answers_for_its_own_life_only() -> None:
    stands, weights = [stand(1, 0), stand(2, 10)], [WeightSeen(1, 0), WeightSeen(9.5, 10)]
    assert longest_apart(stands, weights, 20.0) == pytest.approx(7.5)
    assert longest_apart(stands, weights, 20.0, [8.0, 5.0, 0.5, 15.0]) == pytest.approx(3.0)


def test_a_status_that_moved_is_told_from_one_that_was_only_written_again() -> None:
    assert stand(1, 10).move == stand(2, 10).move
    assert stand(1, 10).move != stand(1, 25).move
    assert stand_of({}, 1.0).weight == 0
