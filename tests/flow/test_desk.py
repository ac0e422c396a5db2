import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.database.engine import Database
from dashboard.orders.desk import DecidedError, Desk
from dashboard.orders.tables import State
from dashboard.orders.wanted import RefusedError, Wanted
from dashboard.paging import SIZE

from .conftest import BRANCH, Clock

WANTED = Wanted(BRANCH, "Paracetamol 500 mg", "2026-12", 4, "for the flu", "0" * 32)


def another(number: int) -> Wanted:
    return replace(WANTED, form=f"{number:032x}")


def told(desk: Desk) -> list[tuple[str, str, str, int | None]]:
    """The trail of requests, the oldest line first."""
    lines = [(line.actor, line.action, line.detail, line.request_id) for line in desk.trail(1).rows]
    return [line for line in reversed(lines) if line[3] is not None]


def test_a_request_waits_with_all_that_was_asked(desk: Desk, clock: Clock) -> None:
    request, new = desk.submit(WANTED, "amira")
    (waiting,) = desk.waiting(1).rows
    assert new
    assert (waiting.id, waiting.state, waiting.requested_by) == (request.id, State.REQUESTED, "amira")
    assert (waiting.branch, waiting.medicine, waiting.month) == (BRANCH, "Paracetamol 500 mg", "2026-12")
    assert (waiting.quantity, waiting.note, waiting.requested_at) == (4, "for the flu", clock.at)
    assert waiting.decided_by is waiting.decided_at is None
    assert told(desk) == [("amira", "requested", "4 of Paracetamol 500 mg, Dubai Mall, 2026-12", request.id)]


def test_a_form_sent_twice_asks_once(desk: Desk) -> None:
    first, _ = desk.submit(WANTED, "amira")
    again, new = desk.submit(WANTED, "amira")
    assert (again.id, new) == (first.id, False)
    assert len(desk.waiting(1).rows) == len(told(desk)) == 1


def test_a_form_sent_again_with_something_else_is_refused(desk: Desk) -> None:
    desk.submit(WANTED, "amira")
    with pytest.raises(RefusedError, match="was sent before, as request 1"):
        desk.submit(replace(WANTED, quantity=5), "amira")
    assert [row.quantity for row in desk.waiting(1).rows] == [4]


def test_nobody_is_kept_from_asking_by_the_number_of_anothers_form(desk: Desk) -> None:
    assert desk.submit(WANTED, "amira")[1]
    assert desk.submit(WANTED, "omar")[1]


def at_once(deeds: list[Callable[[], object]]) -> list[object]:
    """Run all at the same moment; gives what each returned or raised."""
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> object:
        start.wait(30)
        try:
            return deed()
        except Exception as error:  # noqa: BLE001 what was raised is what the test looks at
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_a_form_sent_by_eight_fingers_at_once_asks_once(desk: Desk) -> None:
    results = at_once([lambda: desk.submit(WANTED, "amira")] * 8)
    assert all(isinstance(result, tuple) for result in results), results
    assert sorted(new for _, new in results) == [False] * 7 + [True]  # type: ignore[misc, has-type]
    assert len(desk.waiting(1).rows) == len(told(desk)) == 1


def test_of_two_who_dispatch_at_once_one_wins_and_the_other_is_told(
    desk: Desk, url: str, opened: Callable[[str], Database], clock: Clock
) -> None:
    # Two processes have nothing in common but the database: neither do these two desks.
    other = Desk(opened(url), clock)
    for number in range(20):
        request, _ = desk.submit(another(number), "amira")
        results = at_once(
            [
                lambda number=request.id: desk.dispatch(number, "omar"),
                lambda number=request.id: other.dispatch(number, "wassim"),
            ]
        )
        (lost,) = [result for result in results if isinstance(result, DecidedError)]
        (won,) = [result for result in results if not isinstance(result, DecidedError)]
        assert won.decided_by in {"omar", "wassim"}
        assert lost.request.decided_by == won.decided_by
        assert str(lost) == f"request {request.id} was dispatched by {won.decided_by}"
    lines = [line.action for number in (1, 2, 3) for line in desk.trail(number).rows]
    assert lines.count("dispatched") == 20


def test_one_who_declines_what_another_dispatched_changes_nothing(desk: Desk) -> None:
    request, _ = desk.submit(WANTED, "amira")
    desk.dispatch(request.id, "omar")
    with pytest.raises(DecidedError) as refused:
        desk.decline(request.id, "omar", "none left")
    assert refused.value.request.state == State.DISPATCHED
    assert [line[1] for line in told(desk)] == ["requested", "dispatched"]


def test_a_reason_goes_with_a_request_that_is_declined(desk: Desk, clock: Clock) -> None:
    request, _ = desk.submit(WANTED, "amira")
    clock.passes(hours=1)
    desk.decline(request.id, "omar", "none left")
    (seen,) = desk.of_branch(BRANCH, 1).rows
    assert (seen.state, seen.reason, seen.decided_by) == (State.DECLINED, "none left", "omar")
    assert seen.decided_at == clock.at
    assert desk.waiting(1).rows == ()


def test_pressing_dispatch_twice_is_harmless(desk: Desk) -> None:
    request, _ = desk.submit(WANTED, "amira")
    desk.dispatch(request.id, "omar")
    again = desk.dispatch(request.id, "omar")
    assert again is not None
    assert again.state == State.DISPATCHED
    assert [line[1] for line in told(desk)] == ["requested", "dispatched"]


def test_what_is_not_there_cannot_be_decided(desk: Desk) -> None:
    assert desk.dispatch(999, "omar") is None
    assert desk.find(999) is None


def test_the_queue_begins_with_the_oldest_and_a_branch_with_its_newest(desk: Desk) -> None:
    ids = [desk.submit(another(number), "amira")[0].id for number in range(SIZE + 3)]
    first, second = desk.waiting(1), desk.waiting(2)
    assert [row.id for row in (*first.rows, *second.rows)] == ids
    assert (first.more, second.more) == (True, False)
    assert [row.id for row in desk.of_branch(BRANCH, 1).rows] == ids[: -SIZE - 1 : -1]
    assert desk.of_branch("Karama", 1).rows == desk.waiting(3).rows == ()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"], ids=["update", "delete"]
)
def test_the_trail_cannot_be_changed(desk: Desk, database: Database, statement: str) -> None:
    desk.submit(WANTED, "amira")
    before = told(desk)
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.execute(text(statement))
    assert told(desk) == before


@pytest.mark.parametrize(
    "broken",
    [
        replace(WANTED, quantity=0),
        replace(WANTED, quantity=10_001),
        replace(WANTED, branch="b" * 101),
        replace(WANTED, medicine="m" * 101),
        replace(WANTED, note="n" * 501),
        replace(WANTED, month="2026-12-01"),
    ],
    ids=["nothing", "too-many", "branch", "medicine", "note", "month"],
)
def test_the_database_refuses_what_no_form_lets_through(desk: Desk, broken: Wanted) -> None:
    with pytest.raises(DBAPIError):
        desk.submit(broken, "amira")
    assert desk.waiting(1).rows == ()
    assert told(desk) == []


def test_only_people_ask(desk: Desk) -> None:
    with pytest.raises(DBAPIError):
        desk.submit(WANTED, "nobody")


def test_a_deed_without_its_line_in_the_trail_is_not_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, _ = desk.submit(WANTED, "amira")

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("dashboard.audit.add", full)
    with pytest.raises(OSError, match="disk full"):
        desk.dispatch(request.id, "omar")
    found = desk.find(request.id)
    assert found is not None
    assert found.state == State.REQUESTED


def test_names_are_remembered_once(desk: Desk) -> None:
    desk.remember(["B", "A"])
    at_once([lambda: desk.remember(["B", "C", "D"])] * 4)
    assert desk.remembered() == ("A", "B", "C", "D")
