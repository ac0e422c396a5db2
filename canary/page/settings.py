"""What the page is told by flags and environment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from canary.page.people import People


class Readers(StrEnum):
    """Who may look: whoever reaches the page, or whoever is signed in."""

    EVERYBODY = "everybody"
    USERS = "users"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that one process of the page depends on.

    `namespace` is the only one that is shown, all when empty. `lifetime` is how many seconds after signing
    in a session ends, used or not: a page that is read again by itself would else keep it alive for ever.
    `proxies` is how many of them in front of us tell the client's address.
    """

    namespace: str
    people: People
    key: bytes
    readers: Readers
    lifetime: float
    proxies: int
    secure: bool


class SettingsError(Exception):
    """A file of ours that cannot be used, in one line."""


def text_of(file: Path) -> str:
    """Read a file that we were given. Raises SettingsError."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise SettingsError(f"{file}: read: {why}: mount it, or correct its path") from error
