"""Calendar months as plain integers: year * 12 + (month - 1), so that lags are subtractions."""

import re
from datetime import UTC, date, datetime

_SHAPE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")


def ordinal(year: int, month: int) -> int:
    """Return the month's integer; `month` counts from 1."""
    return year * 12 + month - 1


def parse(text: str) -> int:
    """Read `YYYY-MM` or `YYYY-MM-DD` as the month it lies in; ValueError when it is no date."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ValueError(f"{text[:40]!r} is not of the form YYYY-MM or YYYY-MM-DD")
    year, month, day = (int(part or 1) for part in shape.groups())
    try:
        date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{text!r} is no date of the calendar: {error}") from error
    return ordinal(year, month)


def name(month: int) -> str:
    """Write the month as `YYYY-MM`."""
    year, index = divmod(month, 12)
    return f"{year:04d}-{index + 1:02d}"


def begin(month: int) -> float:
    """Return the month's first instant in UTC, in seconds since the epoch."""
    year, index = divmod(month, 12)
    return datetime(year, index + 1, 1, tzinfo=UTC).timestamp()


def working_days(month: int) -> int:
    """Count the days from Monday to Friday."""
    year, index = divmod(month, 12)
    first = date(year, index + 1, 1)
    following = date(year + index // 11, (index + 1) % 12 + 1, 1)
    return sum(date.fromordinal(day).weekday() < 5 for day in range(first.toordinal(), following.toordinal()))
