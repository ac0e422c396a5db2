"""People are added, changed and listed; each change is a line of the audit trail."""

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashboard import audit
from dashboard.accounts.passwords import hashed
from dashboard.accounts.tables import BRANCH_LENGTH, NAME_LENGTH, Person, Role, SignIn
from dashboard.audit import Deed
from dashboard.database.engine import Database
from dashboard.plain import UnfitTextError, line

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]*")


class PeopleError(Exception):
    """It was not done; the message names the person, why, and what to do."""


class People:
    """`by` is who changes: a name, or the command line."""

    def __init__(self, database: Database, now: Callable[[], datetime], by: str) -> None:
        self._database = database
        self._now = now
        self._by = by

    def add(self, name: str, role: Role, branch: str | None, password: str) -> Person:
        """Add somebody; PeopleError when the name is taken or something does not fit."""
        name = known_as(name)
        person = Person(
            name=name, role=role, branch=_branch(name, role, branch), password=_hash(name, password),
            added_at=self._now(), disabled_at=None,
        )  # fmt: skip
        detail = role if branch is None else f"{role} of {person.branch}"
        try:
            with self._database.writing() as session:
                session.add(person)
                session.flush()
                self._tell(session, name, "added", detail)
        except IntegrityError as error:
            raise PeopleError(f"{name}: is there already: reset gives a new password") from error
        return person

    def find(self, name: str) -> Person | None:
        """Return somebody by name, disabled or not."""
        with self._database.reading() as session:
            return session.get(Person, name)

    def everybody(self) -> tuple[Person, ...]:
        """Return all people in the order of their names."""
        with self._database.reading() as session:
            return tuple(session.scalars(select(Person).order_by(Person.name)))

    def disable(self, name: str) -> None:
        """Let nobody in by that name, and end the sessions there are; what they did stays."""
        with self._database.writing() as session:
            person = _of(session, name)
            person.disabled_at = person.disabled_at or self._now()
            _sign_out(session, person.name)
            self._tell(session, person.name, "disabled", "")

    def reset(self, name: str, password: str) -> None:
        """Give a new password, end all sessions, and let a disabled person in again."""
        stored = _hash(name, password)
        with self._database.writing() as session:
            person = _of(session, name)
            person.password, person.disabled_at = stored, None
            _sign_out(session, person.name)
            self._tell(session, person.name, "password reset", "")

    def _tell(self, session: Session, name: str, what: str, detail: str) -> None:
        told = f"{name}: {detail}" if detail else name
        audit.add(session, Deed(self._now(), self._by, what, told))


def known_as(name: str) -> str:
    """Read a name: capitals do not count; PeopleError when it can be no name."""
    lower = name.strip().lower()
    if len(lower) > NAME_LENGTH or _NAME.fullmatch(lower) is None:
        raise PeopleError(
            f"{name[:NAME_LENGTH]!r}: is no name: use 1 to {NAME_LENGTH} of a-z, 0-9 and . _ @ -, "
            "a letter or digit first"
        )
    return lower


def _of(session: Session, name: str) -> Person:
    person = session.get(Person, known_as(name), with_for_update=True)
    if person is None:
        raise PeopleError(f"{name}: there is nobody of that name: list shows who there is")
    return person


def _sign_out(session: Session, name: str) -> None:
    session.execute(delete(SignIn).where(SignIn.name == name))


def _branch(name: str, role: Role, branch: str | None) -> str | None:
    if role != Role.PHARMACIST:
        if branch is not None:
            raise PeopleError(f"{name}: only a pharmacist has a branch: leave --branch out")
        return None
    try:
        given = line(branch or "", BRANCH_LENGTH)
    except UnfitTextError as error:
        raise PeopleError(f"{name}: the branch {error}") from error
    if not given:
        raise PeopleError(f"{name}: a pharmacist asks for one branch: name it by --branch")
    return given


def _hash(name: str, password: str) -> str:
    try:
        return hashed(password)
    except ValueError as error:
        raise PeopleError(f"{name}: {error}") from error
