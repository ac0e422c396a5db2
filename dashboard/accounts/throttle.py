"""Who fails to sign in has to wait longer each time; known names and others alike.

A try is counted before the password is looked at, so that many at once are no way around it. Names share
65,536 buckets: strangers cannot fill the database with names that do not exist.
"""

import hashlib
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashboard.accounts.tables import BUCKETS, Attempts

FREE = 5
"""Tries before the first wait."""

LONGEST = timedelta(minutes=15)
_FIRST = timedelta(seconds=30)
_FORGOTTEN_AFTER = timedelta(hours=24)


def counted(session: Session, name: str, now: datetime) -> int:
    """Count a try; return the seconds that are still to wait, 0 if it may go on."""
    row = _row(session, bucket(name), now)
    if now - row.last_at >= _FORGOTTEN_AFTER:
        row.failures = 0
    left = row.last_at + pause(row.failures) - now
    if left > timedelta(0):
        return ceil(left.total_seconds())
    row.failures, row.last_at = row.failures + 1, now
    return 0


def forget(session: Session, name: str) -> None:
    """Start anew after a success."""
    session.execute(delete(Attempts).where(Attempts.bucket == bucket(name)))


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures: nothing at first, then twice as long each time."""
    if failures < FREE:
        return timedelta(0)
    return min(_FIRST * (1 << min(failures - FREE, 16)), LONGEST)


def bucket(name: str) -> int:
    """Where the tries under a name are counted."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % BUCKETS


def _row(session: Session, number: int, now: datetime) -> Attempts:
    """Return the row, locked against others who try at the same moment."""
    row = session.get(Attempts, number, with_for_update=True)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            session.add(Attempts(bucket=number, failures=0, last_at=now))
    except IntegrityError:
        pass  # another try made it just now; its row is taken below
    return session.get_one(Attempts, number, with_for_update=True, populate_existing=True)
