import pytest

from dashboard import months


def test_months_are_counted_across_years() -> None:
    assert months.between("2025-11", "2026-02") == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert months.between("2026-02", "2025-11") == ()
    assert months.year_before("2025-12") == "2024-12"


def test_months_are_written_for_people() -> None:
    assert (months.spoken("2025-12"), months.brief("2026-01")) == ("December 2025", "Jan 2026")


@pytest.mark.parametrize(
    "text", ["2025-13", "2025-00", "2025-1", "2025-12-01", "\u0662\u0660\u0662\u0665-12", ""]
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert not months.is_month(text)
    with pytest.raises(ValueError, match="is no month"):
        months.ordinal(text)
