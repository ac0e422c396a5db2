import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from dashboard.accounts import throttle
from dashboard.accounts.__main__ import main
from dashboard.accounts.passwords import nobodys
from dashboard.accounts.people import People, PeopleError
from dashboard.accounts.sessions import Lifetime, Sessions, WaitError, WrongError
from dashboard.accounts.tables import Attempts, Role, SignIn
from dashboard.database.engine import Database
from dashboard.orders.desk import Desk

from .conftest import BRANCH, PASSWORD, Clock
from .test_desk import at_once

LIFETIME = Lifetime(timedelta(minutes=30), timedelta(hours=12))


@pytest.fixture
def sessions(database: Database, clock: Clock) -> Sessions:
    return Sessions(database, clock, LIFETIME)


def rows(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_who_signs_in_is_known_by_the_token(sessions: Sessions) -> None:
    token = sessions.sign_in("Amira ", PASSWORD).token
    visitor = sessions.visitor(token)
    assert visitor is not None
    assert (visitor.person.name, visitor.person.role, visitor.person.branch) == (
        "amira",
        "pharmacist",
        BRANCH,
    )
    assert sessions.visitor(token[:-1]) is None


def test_every_session_has_a_token_of_its_own_that_the_database_does_not_know(
    sessions: Sessions, database: Database
) -> None:
    tokens = {sessions.sign_in("amira", PASSWORD).token for _ in range(2)}
    with database.reading() as session:
        digests = set(session.scalars(select(SignIn.digest)))
    assert len(tokens) == len(digests) == 2
    assert tokens & digests == set()


@pytest.mark.parametrize(
    ("name", "password"),
    [("amira", "wrong horse battery"), ("nobody", PASSWORD), ("", PASSWORD), ("amira' --", PASSWORD),
     ("a" * 10_000, PASSWORD), ("amira\0", PASSWORD), ("amira", PASSWORD + "\0"), ("amira", "")],
)  # fmt: skip
def test_another_name_or_password_lets_nobody_in(sessions: Sessions, name: str, password: str) -> None:
    with pytest.raises(WrongError):
        sessions.sign_in(name, password)


def test_an_unknown_name_costs_the_same_work(sessions: Sessions) -> None:
    def seconds(name: str) -> float:
        started = time.thread_time()
        with pytest.raises(WrongError):
            sessions.sign_in(name, "wrong horse battery")
        return time.thread_time() - started

    known = min(seconds("amira") for _ in range(2))
    unknown = min(seconds(name) for name in ("nobody", "someone"))
    # Without the hash, an unknown name would take a twentieth.
    assert unknown > known / 2
    assert nobodys().startswith("scrypt:")


def test_a_session_ends_after_half_an_hour_without_a_request(sessions: Sessions, clock: Clock) -> None:
    token = sessions.sign_in("amira", PASSWORD).token
    for _ in range(3):
        clock.passes(minutes=29)
        assert sessions.visitor(token) is not None
    clock.passes(minutes=30)
    assert sessions.visitor(token) is None


def test_a_session_ends_after_twelve_hours_however_busy(sessions: Sessions, clock: Clock) -> None:
    token = sessions.sign_in("amira", PASSWORD).token
    for _ in range(71):
        clock.passes(minutes=10)
        assert sessions.visitor(token) is not None
    clock.passes(minutes=10)
    assert sessions.visitor(token) is None


def test_a_copy_of_the_cookie_is_worth_nothing_after_signing_out(sessions: Sessions) -> None:
    first, second = (sessions.sign_in("amira", PASSWORD) for _ in range(2))
    sessions.sign_out(first)
    assert sessions.visitor(first.token) is None
    assert sessions.visitor(second.token) is not None


def test_sessions_that_have_ended_do_not_pile_up(
    sessions: Sessions, database: Database, clock: Clock
) -> None:
    for _ in range(3):
        sessions.sign_in("amira", PASSWORD)
        clock.passes(minutes=31)
    assert rows(database, SignIn) == 1


def test_who_is_disabled_is_out_at_once_and_stays_out_until_the_reset(
    sessions: Sessions, people: People
) -> None:
    token = sessions.sign_in("amira", PASSWORD).token
    people.disable("amira")
    assert sessions.visitor(token) is None
    with pytest.raises(WrongError):
        sessions.sign_in("amira", PASSWORD)
    people.reset("amira", "another horse battery")
    assert sessions.sign_in("amira", "another horse battery").person.name == "amira"
    with pytest.raises(WrongError):
        sessions.sign_in("amira", PASSWORD)


def test_a_new_password_ends_the_sessions_of_the_old_one(sessions: Sessions, people: People) -> None:
    token = sessions.sign_in("amira", PASSWORD).token
    people.reset("amira", "another horse battery")
    assert sessions.visitor(token) is None


def fail(sessions: Sessions, name: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongError):
            sessions.sign_in(name, "wrong horse battery")


@pytest.mark.parametrize("name", ["amira", "nobody"])
def test_who_fails_too_often_waits_longer_each_time(sessions: Sessions, clock: Clock, name: str) -> None:
    fail(sessions, name, throttle.FREE)
    waits = []
    for _ in range(6):
        with pytest.raises(WaitError) as told:
            sessions.sign_in(name, "wrong horse battery")
        waits.append(told.value.seconds)
        clock.passes(seconds=told.value.seconds)
        fail(sessions, name, 1)
    assert waits == [30, 60, 120, 240, 480, 900]


def test_while_one_waits_the_right_password_does_not_help_and_others_get_in(
    sessions: Sessions, clock: Clock
) -> None:
    fail(sessions, "amira", throttle.FREE)
    with pytest.raises(WaitError):
        sessions.sign_in("amira", PASSWORD)
    assert sessions.sign_in("omar", PASSWORD).person.name == "omar"
    clock.passes(seconds=30)
    assert sessions.sign_in("amira", PASSWORD).person.name == "amira"
    fail(sessions, "amira", throttle.FREE)


def test_after_a_day_failures_are_forgotten(sessions: Sessions, clock: Clock) -> None:
    fail(sessions, "amira", throttle.FREE)
    clock.passes(hours=24)
    fail(sessions, "amira", throttle.FREE)


def test_many_tries_at_once_are_no_way_around_the_wait(sessions: Sessions) -> None:
    results = at_once([lambda: sessions.sign_in("amira", "wrong horse battery")] * 12)
    assert [type(result) for result in results].count(WrongError) == throttle.FREE


def test_strangers_cannot_fill_the_database_with_names(database: Database, clock: Clock) -> None:
    with database.writing() as session:
        for number in range(3):
            throttle.counted(session, f"name{number}", clock())
    assert rows(database, Attempts) <= 3
    assert {throttle.bucket(f"name{number}") < 1 << 16 for number in range(1000)} == {True}


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("amira", Role.WAREHOUSE, None, PASSWORD), "is there already"),
        (("AMIRA", Role.WAREHOUSE, None, PASSWORD), "is there already"),
        (("", Role.WAREHOUSE, None, PASSWORD), "is no name"),
        (("<b>", Role.WAREHOUSE, None, PASSWORD), "is no name"),
        (("a" * 65, Role.WAREHOUSE, None, PASSWORD), "is no name"),
        (("new", Role.PHARMACIST, None, PASSWORD), "name it by --branch"),
        (("new", Role.PHARMACIST, " ", PASSWORD), "name it by --branch"),
        (("new", Role.PHARMACIST, "b" * 101, PASSWORD), "at most 100 characters"),
        (("new", Role.WAREHOUSE, BRANCH, PASSWORD), "leave --branch out"),
        (("new", Role.WAREHOUSE, None, "short"), "must have 12 to 256 characters"),
        (("new", Role.WAREHOUSE, None, "x" * 257), "must have 12 to 256 characters"),
        (("new", Role.WAREHOUSE, None, PASSWORD + "\0"), "no keyboard types"),
    ],
)
def test_somebody_who_cannot_be_added_is_named_with_the_reason(
    people: People, asked: tuple[str, Role, str | None, str], reason: str
) -> None:
    with pytest.raises(PeopleError, match=reason):
        people.add(*asked)
    assert [person.name for person in people.everybody()] == ["amira", "karim", "omar", "root", "wassim"]


def test_what_is_done_to_people_is_in_the_trail(people: People, desk: Desk) -> None:
    people.reset("amira", "another horse battery")
    people.disable("omar")
    told = [(line.actor, line.action, line.detail) for line in desk.trail(1).rows[:3]]
    assert told == [
        ("the test", "disabled", "omar"),
        ("the test", "password reset", "amira"),
        ("the test", "added", "root: admin"),
    ]


def test_no_password_is_stored(people: People, database: Database) -> None:
    assert people.find("amira") is not None
    with database.reading() as session:
        stored = session.scalars(text("SELECT password FROM people")).all()
    assert all(each.startswith("scrypt:") and PASSWORD not in each for each in stored)
    assert len(set(stored)) == 5


@pytest.fixture
def typed(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)

    def run(*arguments: str, stdin: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return main(arguments)

    return run


def test_the_command_line_adds_lists_resets_and_disables(
    typed: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    salma = ("add", "salma", "--role", "pharmacist", "--branch", BRANCH)
    assert typed(*salma, stdin=PASSWORD + "\n") == 0
    assert typed("add", "hala", "--role", "admin", stdin=PASSWORD) == 0
    assert typed("reset", "salma", stdin="another horse battery\n") == 0
    assert typed("disable", "hala") == 0
    capsys.readouterr()
    assert typed("list") == 0
    shown = capsys.readouterr().out.splitlines()
    assert f"salma\tpharmacist of {BRANCH}" in shown
    assert [line for line in shown if line.startswith("hala\tadmin (disabled 20")]
    assert typed(*salma, stdin=PASSWORD) == 1
    assert capsys.readouterr().err == "accounts: salma: is there already: reset gives a new password\n"
    assert typed(*salma, "--if-missing") == 0


def test_the_command_line_is_a_process_of_its_own(sqlite_url: str) -> None:
    """It needs what nothing else has loaded."""
    add = [sys.executable, "-m", "dashboard.accounts", "add", "hala", "--role", "admin"]
    told = os.environ | {"DATABASE_URL": sqlite_url}
    done = subprocess.run(add, input=PASSWORD, env=told, text=True, capture_output=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("hala: added as admin\n", "", 0)


@pytest.mark.parametrize("verb", ["disable", "reset"])
def test_the_command_line_knows_who_there_is(
    typed: Callable[..., int], capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert typed(verb, "nobody", stdin=PASSWORD) == 1
    assert "nobody: there is nobody of that name: list shows who there is" in capsys.readouterr().err


def test_a_database_without_tables_is_told_to_the_operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    assert main(["list"]) == 1
    assert capsys.readouterr().err.endswith("no such table: people: was it migrated?\n")
