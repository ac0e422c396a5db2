"""Months as the forecast writes them (`YYYY-MM`), and as people read them."""

import re
from calendar import month_abbr, month_name

_SHAPE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    """Return whether the text is a month as the forecast writes it."""
    return _SHAPE.fullmatch(text) is not None


def ordinal(month: str) -> int:
    """Return year * 12 + (month - 1), so that distances are subtractions; ValueError for no month."""
    found = _SHAPE.fullmatch(month)
    if found is None:
        raise ValueError(f"{month[:20]!r} is no month of the form YYYY-MM")
    return int(found[1]) * 12 + int(found[2]) - 1


def named(number: int) -> str:
    """Write an ordinal as `YYYY-MM`."""
    year, index = divmod(number, 12)
    return f"{year:04d}-{index + 1:02d}"


def between(first: str, last: str) -> tuple[str, ...]:
    """Return all months from first to last, both included."""
    return tuple(named(number) for number in range(ordinal(first), ordinal(last) + 1))


def year_before(month: str) -> str:
    """Return the same month of the year before."""
    return named(ordinal(month) - 12)


def spoken(month: str) -> str:
    """Write `2025-12` as `December 2025`."""
    year, index = divmod(ordinal(month), 12)
    return f"{month_name[index + 1]} {year}"


def brief(month: str) -> str:
    """Write `2025-12` as `Dec 2025`."""
    year, index = divmod(ordinal(month), 12)
    return f"{month_abbr[index + 1]} {year}"
