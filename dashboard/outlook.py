"""What the page says of a branch and a month: rows of a table, and the past and future of one medicine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard import months
from dashboard.agreement import Expected, Forecast, Model, Sold


@dataclass(frozen=True, slots=True)
class Row:
    """One medicine: what is expected, and what was sold in the same month a year before, if known."""

    expected: Expected
    last_year: int | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer for a branch and a month; `rows` begin with what is needed most.

    `medicine` is the one that the chart shows: `ahead` its forecast of each month that can be asked for,
    `past` what was sold before, None where nothing is known of it.
    """

    branch: str
    month: str
    model: Model
    rows: tuple[Row, ...]
    medicine: str
    ahead: dict[str, Expected]
    past: Sold | None

    @property
    def total(self) -> int:
        """Return the units expected of all medicines."""
        return sum(row.expected.units for row in self.rows)

    @property
    def last_year(self) -> int | None:
        """Return the units sold in the same month a year before, None unless all of them are known."""
        sold = [row.last_year for row in self.rows if row.last_year is not None]
        return sum(sold) if len(sold) == len(self.rows) else None

    @property
    def largest(self) -> int:
        """Return the highest end of all intervals, at least 1: the scale of the table's bars."""
        return max((row.expected.high for row in self.rows), default=0) or 1


def compose(
    asked: Forecast, others: Sequence[Forecast], past: Mapping[str, Sold], medicine: str
) -> Outlook | None:
    """Put the answers together; None if the forecast names no medicine at all.

    `others` are the branch's other months. Without a known `medicine`, the most needed one is shown.
    """
    if not asked.expected:
        return None
    before = months.year_before(asked.month)
    rows = sorted(
        (Row(one, _sold(past, one.medicine, before)) for one in asked.expected),
        key=lambda row: (-row.expected.units, row.expected.medicine),
    )
    names = {row.expected.medicine for row in rows}
    shown = medicine if medicine in names else rows[0].expected.medicine
    ahead = {
        forecast.month: expected
        for forecast in sorted((asked, *others), key=lambda one: one.month)
        for expected in forecast.expected
        if expected.medicine == shown
    }
    return Outlook(asked.branch, asked.month, asked.model, tuple(rows), shown, ahead, past.get(shown))


def _sold(past: Mapping[str, Sold], medicine: str, month: str) -> int | None:
    return past[medicine].units.get(month) if medicine in past else None
