"""What a round came to is read from answers and weights; a round that shows nothing is broken."""

from __future__ import annotations

import pytest

from benchmarks.rollback import measures
from benchmarks.rollback.measures import Outcome
from delivery.errors import StepError

from .seen import NEW, OLD, answers, watched

BACK = [(0.0, 0), (5.0, 10), (12.0, 0)]
UP = [(0.0, 0), (5.0, 10), (15.0, 25), (25.0, 50), (35.0, 100), (38.0, 0)]


@pytest.mark.parametrize(
    ("route", "outcome"),
    [
        pytest.param([0], Outcome.UNDECIDED, id="no user met the canary"),
        pytest.param([], Outcome.UNDECIDED, id="nothing seen"),
        pytest.param([0, 10, 25], Outcome.UNDECIDED, id="on its way"),
        pytest.param([0, 10, 25, 50, 100], Outcome.UNDECIDED, id="not yet handed over"),
        pytest.param([0, 10, 25, 0], Outcome.TAKEN_BACK, id="taken back"),
        pytest.param([0, 10, 25, 50, 100, 0], Outcome.PROMOTED, id="promoted"),
    ],
)
def test_the_weights_tell_how_a_release_ended(route: list[int], outcome: Outcome) -> None:
    assert measures.outcome(route) is outcome


class TestTotalFailure:
    def test_it_lasts_from_the_first_bad_answer_to_the_last(self) -> None:
        bad = answers(6.0, 11.5, NEW, good=False)
        row = measures.total_failure(watched(BACK, 20.0, answers(0, 20), bad), NEW)
        assert (row["seconds"], row["failed"], row["failed_elsewhere"]) == (5.4, 55, 0)
        assert (row["weight"], row["weights"]) == (10, [0, 10, 0])

    def test_a_weight_that_rose_is_seen(self) -> None:
        rose = [(0.0, 0), (5.0, 10), (8.0, 25), (12.0, 0)]
        bad = answers(6.0, 11.5, NEW, good=False)
        assert measures.total_failure(watched(rose, 20.0, answers(0, 20), bad), NEW)["weight"] == 25

    def test_failures_of_others_are_counted_and_told_apart(self) -> None:
        bad = answers(6.0, 7.0, NEW, good=False)
        nobody = answers(9.0, 9.2, "", good=False)
        row = measures.total_failure(watched(BACK, 20.0, answers(0, 20), bad, nobody), NEW)
        assert (row["failed"], row["failed_elsewhere"], row["seconds"]) == (12, 2, 3.1)

    @pytest.mark.parametrize(
        ("requests", "why"),
        [
            pytest.param([answers(0, 20)], "nothing was there to be found", id="nobody met it"),
            pytest.param(
                [answers(0, 20), answers(6, 18, NEW, good=False)], "still answered", id="never taken back"
            ),
            pytest.param(
                [answers(0, 15), answers(6, 9, NEW, good=False)], "nobody was answered", id="users went away"
            ),
        ],
    )
    def test_a_round_that_shows_no_end_is_broken(self, requests: list[tuple[()]], why: str) -> None:
        with pytest.raises(StepError, match=why):
            measures.total_failure(watched(BACK, 20.0, *requests), NEW)


class TestTakenBack:
    def test_it_is_timed_from_the_order_to_the_start_of_the_last_answer(self) -> None:
        row = measures.taken_back(watched(BACK, 20.0, answers(0, 20), answers(6, 12.5, NEW)), NEW, 11.9)
        assert (row["seconds"], row["failed_elsewhere"]) == (0.5, 0)

    def test_a_canary_that_was_silent_at_once_took_no_time(self) -> None:
        row = measures.taken_back(watched(BACK, 20.0, answers(0, 20), answers(6, 9, NEW)), NEW, 11.9)
        assert row["seconds"] == 0.0

    def test_every_failed_request_counts(self) -> None:
        cut = answers(12, 12.3, NEW, good=False)
        row = measures.taken_back(watched(BACK, 20.0, answers(0, 20), answers(6, 12, NEW), cut), NEW, 11.9)
        assert row["failed_elsewhere"] == 3

    def test_without_a_user_on_the_canary_nothing_is_taken_back(self) -> None:
        with pytest.raises(StepError, match="had no user before the order"):
            measures.taken_back(watched(BACK, 20.0, answers(0, 20), answers(12, 13, NEW)), NEW, 11.9)


class TestReplaced:
    def test_it_lasts_from_the_change_to_the_last_old_answer(self) -> None:
        row = measures.replaced(watched(UP, 45.0, answers(0, 36), answers(6, 45, NEW)), OLD, 1.5)
        assert (row["seconds"], row["failed"], row["weights"][-2:]) == (34.4, 0, [100, 0])

    def test_a_failed_request_is_counted(self) -> None:
        lost = answers(35, 35.1, "", good=False)
        row = measures.replaced(watched(UP, 45.0, answers(0, 36), answers(6, 45, NEW), lost), OLD, 1.5)
        assert row["failed"] == 1

    def test_a_release_that_was_taken_back_is_no_good_one(self) -> None:
        with pytest.raises(StepError, match=r"not promoted: weights seen \[0, 10, 0\]"):
            measures.replaced(watched(BACK, 20.0, answers(0, 20)), OLD, 1.5)

    def test_an_old_revision_that_still_answers_has_no_last_answer(self) -> None:
        with pytest.raises(StepError, match="0000000000 still answered"):
            measures.replaced(watched(UP, 45.0, answers(0, 45), answers(6, 45, NEW)), OLD, 1.5)


class TestTolerated:
    def test_it_says_how_the_release_ended_and_how_often_each_side_failed(self) -> None:
        failures = answers(7, 7.2, NEW, good=False)
        row = measures.tolerated(watched(UP, 45.0, answers(0, 35), answers(6, 45, NEW), failures), (OLD, NEW))
        assert (row["outcome"], row["taken_back"], row["failed_elsewhere"]) == ("promoted", 0, 0)
        assert row["error_shares"] == {OLD: 0.0, NEW: 0.0051}

    def test_a_release_that_was_taken_back_counts(self) -> None:
        row = measures.tolerated(watched(BACK, 20.0, answers(0, 20), answers(6, 12, NEW)), (OLD, NEW))
        assert (row["outcome"], row["taken_back"]) == ("taken back", 1)

    def test_failures_that_nobody_of_the_two_answered_are_not_theirs(self) -> None:
        lost = answers(7, 7.3, "", good=False)
        assert (
            measures.tolerated(watched(UP, 45.0, answers(0, 45), lost), (OLD, NEW))["failed_elsewhere"] == 3
        )


def test_an_edit_counts_the_failures_after_it() -> None:
    requests = (*answers(0, 5, good=False), *answers(5, 8), *answers(8, 8.2, good=False))
    assert measures.put_back(0.12345, 5.0, requests) == {
        "seconds": 0.1235,
        "requests": 32,
        "failed_elsewhere": 2,
    }
