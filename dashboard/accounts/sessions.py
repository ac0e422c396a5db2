"""Signing in and out: who comes too often waits, and a session ends by itself.

The cookie holds a random token, the database its digest: a stolen backup opens no session.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from dashboard import audit
from dashboard.accounts import throttle
from dashboard.accounts.passwords import fits, nobodys
from dashboard.accounts.people import PeopleError, known_as
from dashboard.accounts.tables import Person, SignIn
from dashboard.audit import Deed
from dashboard.database.engine import Database

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session goes on without a request, and at most."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in; `token` is the session's."""

    person: Person
    token: str


class WrongError(Exception):
    """No such person, disabled, or another password: all three look alike from outside."""


class WaitError(Exception):
    """Too many failures under this name; `seconds` until the next try counts."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"wait {seconds} s")


class Sessions:
    """Safe from any thread and any number of processes."""

    def __init__(self, database: Database, now: Callable[[], datetime], lifetime: Lifetime) -> None:
        self._database = database
        self._now = now
        self._lifetime = lifetime
        nobodys()  # the first stranger must not be told from a known name by the time it takes to make this

    def sign_in(self, name: str, password: str) -> Visitor:
        """Begin a session; WrongError or WaitError when there will be none."""
        try:
            known = known_as(name)
        except PeopleError:
            known = ""
        with self._database.writing() as session:
            wait = throttle.counted(session, known, self._now())
        if wait:
            raise WaitError(wait)
        with self._database.reading() as session:
            person = session.get(Person, known)
        stored = person.password if person is not None and person.disabled_at is None else None
        if not fits(password, stored) or person is None:
            raise WrongError
        return self._begun(person)

    def visitor(self, token: str) -> Visitor | None:
        """Return whose session this is; None when there is none, or when it has ended by itself."""
        digest, now = _digest(token), self._now()
        with self._database.reading() as session:
            found = session.get(SignIn, digest)
            person = session.get(Person, found.name) if found is not None else None
        if found is None or person is None or self._over(found, now):
            return None
        if now - found.seen_at >= _SEEN_EVERY:
            with self._database.writing() as session:
                session.execute(update(SignIn).where(SignIn.digest == digest).values(seen_at=now))
        return Visitor(person, token)

    def sign_out(self, visitor: Visitor) -> None:
        """End the session everywhere: a copy of its cookie is worth nothing afterwards."""
        with self._database.writing() as session:
            session.execute(delete(SignIn).where(SignIn.digest == _digest(visitor.token)))
            audit.add(session, Deed(self._now(), visitor.person.name, "signed out"))

    def _begun(self, person: Person) -> Visitor:
        token, now = secrets.token_urlsafe(32), self._now()
        with self._database.writing() as session:
            throttle.forget(session, person.name)
            self._tidy(session, now)
            session.add(SignIn(digest=_digest(token), name=person.name, began_at=now, seen_at=now))
            audit.add(session, Deed(now, person.name, "signed in"))
        return Visitor(person, token)

    def _over(self, found: SignIn, now: datetime) -> bool:
        return now - found.seen_at >= self._lifetime.idle or now - found.began_at >= self._lifetime.whole

    def _tidy(self, session: Session, now: datetime) -> None:
        """Remove what has ended: there are never more rows than sessions begun in one lifetime."""
        idle, whole = now - self._lifetime.idle, now - self._lifetime.whole
        session.execute(delete(SignIn).where(or_(SignIn.seen_at <= idle, SignIn.began_at <= whole)))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
