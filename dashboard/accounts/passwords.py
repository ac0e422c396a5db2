"""Passwords: hashed by scrypt, compared in the time that a comparison takes, known name or not."""

import secrets
import threading
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

SHORTEST = 12
LONGEST = 256
# Each hash takes 32 MiB for a moment: a crowd at the door must not take the memory of the pod.
_AT_ONCE = threading.BoundedSemaphore(2)


def hashed(password: str) -> str:
    """Return what is stored; ValueError for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"the password must have {SHORTEST} to {LONGEST} characters")
    if not password.isprintable():
        raise ValueError("the password has a character that no keyboard types")
    with _AT_ONCE:
        return generate_password_hash(password, method="scrypt")


def fits(password: str, stored: str | None) -> bool:
    """Compare; without a stored one all the work is done too, and the answer is no."""
    against = nobodys() if stored is None else stored
    with _AT_ONCE:
        same = check_password_hash(against, password[: LONGEST + 1])
    # To the hash, zeros at the end are no characters: two passwords would open one door.
    return same and stored is not None and "\0" not in password


@cache
def nobodys() -> str:
    """A hash that no password fits; made once, since making it is slow."""
    return generate_password_hash(secrets.token_urlsafe(32), method="scrypt")
