"""Long lists in pages of bounded size."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

T = TypeVar("T")

SIZE = 20
LAST = 10_000
"""No page beyond this one: what is older is for a query of the database."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of page `number` (from 1 on), and whether there is a next one."""

    rows: tuple[T, ...]
    number: int
    more: bool


def page(session: Session, wanted: Select[T], number: int) -> Page[T]:
    """Read one page; one row more than it has tells whether there is another."""
    rows = session.scalars(wanted.limit(SIZE + 1).offset((number - 1) * SIZE)).all()
    return Page(tuple(rows[:SIZE]), number, len(rows) > SIZE and number < LAST)


def number_of(text: str) -> int | None:
    """Read the number of a page; None when there cannot be such a page."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LAST))):
        return None
    return int(text) if 1 <= int(text) <= LAST else None
