"""What the forecast says, as this side understands it: more members may come, these must stay.

Parsing is strict about what is used and blind to the rest, so that the service may grow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from dashboard import months


@dataclass(frozen=True, slots=True)
class Question:
    """Units wanted for a branch and a month (`YYYY-MM`): of one medicine, or of all without one."""

    branch: str
    month: str
    medicine: str | None = None

    def as_json(self) -> dict[str, str]:
        """The body that the service reads."""
        asked = {"branch": self.branch, "date": self.month}
        return asked if self.medicine is None else asked | {"medicine": self.medicine}


@dataclass(frozen=True, slots=True)
class Expected:
    """Whole units of one medicine, with the ends of the 80 % interval."""

    medicine: str
    units: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Model:
    """Who answered; the digest is `sha256:<hex>`."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """The answer to one question."""

    branch: str
    month: str
    expected: tuple[Expected, ...]
    model: Model


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be asked for: names, and the months (`YYYY-MM`) from `first` to `last`."""

    branches: tuple[str, ...]
    medicines: tuple[str, ...]
    first: str
    last: str

    @property
    def months(self) -> tuple[str, ...]:
        """Return every month that can be forecast."""
        return months.between(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Sold:
    """Whole units by month (`YYYY-MM`), None where none were recorded.

    In the months of `stockouts` the stock ran out: at least so many units were wanted.
    """

    units: dict[str, int | None]
    stockouts: frozenset[str]


class ForecastAwayError(Exception):
    """The forecast gave no usable answer, and may do so later; the message is for the log."""


class ForecastRefusedError(Exception):
    """The question cannot be answered: `code` is the service's own, `message` is written for people.

    `nearest` are known names like the one given, `first` and `last` the months that can be asked for;
    `index` tells which question of a list is meant.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = _text(body, "code")
        self.message = _text(body, "message")
        self.nearest = tuple(_texts(body.get("nearest", [])))
        self.first, self.last = str(body.get("first", "")), str(body.get("last", ""))
        self.index = _units({"index": body.get("index", 0)}, "index")
        super().__init__(f"{status} {self.code}: {self.message}")


def forecast(body: Any) -> Forecast:
    """Read one answer of /predict; ValueError names what is missing or of another type."""
    model = _object(_object(body).get("model"))
    expected = tuple(_expected(_object(row)) for row in _list(body.get("forecasts")))
    return Forecast(
        _text(body, "branch"),
        _text(body, "month"),
        expected,
        Model(_text(model, "version"), _text(model, "digest")),
    )


def forecasts(body: Any, questions: Sequence[Question]) -> tuple[Forecast, ...]:
    """Read the answers to these questions; ValueError as for `forecast`, or if they answer others."""
    found = tuple(forecast(each) for each in _list(body))
    if [_asked(one) for one in found] != [_asked(one) for one in questions]:
        raise ValueError("the answers are not those to the questions")
    return found


def catalogue(body: Any) -> Catalogue:
    """Read the answer of /catalogue; ValueError as for `forecast`."""
    found = _object(body)
    branches, medicines = (tuple(_texts(found.get(kind))) for kind in ("branches", "medicines"))
    return Catalogue(branches, medicines, _month(found, "first"), _month(found, "last"))


def history(body: Any) -> dict[str, Sold]:
    """Read the answer of /history, by medicine; ValueError as for `forecast`."""
    found = _object(body)
    span = months.between(_month(found, "first"), _month(found, "last"))
    series = [_object(each) for each in _list(found.get("series"))]
    return {_text(each, "medicine"): _sold(each, span) for each in series}


def refusal(status: int, body: Any) -> ForecastRefusedError:
    """Read an error of the service; ValueError as for `forecast`."""
    return ForecastRefusedError(status, _object(body))


def _asked(one: Forecast | Question) -> tuple[str, str]:
    """What is asked; all of Unicode's normal forms of a name are one name, and the service writes its own."""
    return normalize("NFKC", one.branch), one.month


def _sold(series: dict[str, Any], span: Sequence[str]) -> Sold:
    counts = _list(series.get("units"))
    if len(counts) != len(span):
        raise ValueError(f"{len(counts)} units for {len(span)} months")
    units = [None if count is None else _units({"units": count}, "units") for count in counts]
    return Sold(dict(zip(span, units, strict=True)), frozenset(_texts(series.get("stockouts"))))


def _expected(row: dict[str, Any]) -> Expected:
    return Expected(_text(row, "medicine"), *(_units(row, name) for name in ("units", "low", "high")))


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"an object was expected, not {type(value).__name__}")  # noqa: TRY004 one kind of error
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, not {type(value).__name__}")  # noqa: TRY004 one kind of error
    return value


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004 one kind of error
    return value


def _texts(value: Any) -> list[str]:
    return [_text({"name": each}, "name") for each in _list(value)]


def _month(holder: dict[str, Any], name: str) -> str:
    month = _text(holder, name)
    if not months.is_month(month):
        raise ValueError(f"{name} is no month")
    return month


def _units(holder: dict[str, Any], name: str) -> int:
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is no whole number from 0 on")
    return value
