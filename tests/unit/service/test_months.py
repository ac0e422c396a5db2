from typing import Any

import pytest

from service import months


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2025-12", (2025, 12), id="month"),
        pytest.param("2025-12-14", (2025, 12), id="day"),
        pytest.param("2024-02-29", (2024, 2), id="leap-day"),
        pytest.param("0001-01", (1, 1), id="first-year"),
    ],
)
def test_a_date_is_read_as_its_month(text: str, expected: Any) -> None:
    assert months.parse(text) == months.ordinal(*expected)


@pytest.mark.parametrize(
    "text",
    [
        "", "2025", "2025-1", "2025-13", "2025-00", "0000-01", "2025-02-29", "2025-12-32", "25-12-01",
        "2025-12-14T00:00", "2025-W50", "20251214", " 2025-12",
        "2025-12\n", "\uff12\uff10\uff12\uff15-12", "Dezember", "1e9",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"of the form|no date of the calendar"):
        months.parse(text)


def test_names_and_ordinals_are_inverse() -> None:
    span = range(months.ordinal(1999, 11), months.ordinal(2003, 2))
    assert [months.parse(months.name(month)) for month in span] == list(span)


@pytest.mark.parametrize(("month", "days"), [("2025-12", 23), ("2024-02", 21), ("2025-11", 20)])
def test_working_days_are_counted_from_monday_to_friday(month: str, days: int) -> None:
    assert months.working_days(months.parse(month)) == days


@pytest.mark.parametrize(
    ("month", "seconds"), [("1970-01", 0), ("1970-02", 2678400), ("2025-12", 1764547200)]
)
def test_a_month_begins_at_its_first_instant_in_utc(month: str, seconds: int) -> None:
    assert months.begin(months.parse(month)) == seconds
