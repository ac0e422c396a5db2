"""What the forecast says, as this side understands it: more members may come, these must stay.

Parsing is strict about what is used and blind to the rest, so that the service may grow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


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


class ForecastAwayError(Exception):
    """The forecast gave no usable answer, and may do so later; the message is for the log."""


class ForecastRefusedError(Exception):
    """The question cannot be answered: `code` is the service's own, `message` is written for people.

    `nearest` are known names like the one given, `first` and `last` the months that can be asked for.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = _text(body, "code")
        self.message = _text(body, "message")
        self.nearest = tuple(_text({"name": name}, "name") for name in _list(body.get("nearest", [])))
        self.first, self.last = str(body.get("first", "")), str(body.get("last", ""))
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
    if [(one.branch, one.month) for one in found] != [(one.branch, one.month) for one in questions]:
        raise ValueError("the answers are not those to the questions")
    return found


def refusal(status: int, body: Any) -> ForecastRefusedError:
    """Read an error of the service; ValueError as for `forecast`."""
    return ForecastRefusedError(status, _object(body))


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


def _units(holder: dict[str, Any], name: str) -> int:
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is no whole number from 0 on")
    return value
