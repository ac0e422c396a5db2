"""What can be asked for: pure, and the same whoever asks."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.orders.tables import MAX_QUANTITY, MEDICINE_LENGTH, TEXT_LENGTH
from dashboard.plain import UnfitTextError, line, paragraph

MONTHS_AHEAD = 12
# The digits of other scripts are numbers to Python: a reader of the queue might take them for others.
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_QUANTITY = re.compile(r"[0-9]{1,18}")
_FORM = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that can be stored; `form` is the number of the form it was sent with."""

    branch: str
    medicine: str
    month: str
    quantity: int
    note: str
    form: str


class RefusedError(Exception):
    """What was sent cannot be done; `problems` has a sentence for each field that is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))


def months(today: date) -> tuple[str, ...]:
    """The months that stock can be asked for: this one and the twelve that follow."""
    first = today.year * 12 + today.month - 1
    return tuple(f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, first + MONTHS_AHEAD + 1))


def read(sent: Mapping[str, str], branch: str, known: Collection[str], today: date) -> Wanted:
    """Read a form; RefusedError names all that is wrong. Without `known` medicines, any name is taken."""
    problems: dict[str, str] = {}

    def field(name: str, parse: Callable[[str], str]) -> str:
        try:
            return parse(sent.get(name, ""))
        except UnfitTextError as error:
            problems[name] = str(error)
            return ""

    medicine = field("medicine", lambda text: _medicine(text, known))
    month = field("month", lambda text: _month(text, months(today)))
    quantity = field("quantity", _quantity)
    note = field("note", lambda text: paragraph(text, TEXT_LENGTH))
    form = field("form", _form)
    if problems:
        raise RefusedError(problems)
    return Wanted(branch, medicine, month, int(quantity), note, form)


def is_form(text: str) -> bool:
    """Return whether this is the number of a form."""
    return _FORM.fullmatch(text) is not None


def reason(text: str) -> str:
    """Read why a request is declined; RefusedError when there is no reason."""
    try:
        given = paragraph(text, TEXT_LENGTH)
    except UnfitTextError as error:
        raise RefusedError({"reason": str(error)}) from None
    if not given:
        raise RefusedError({"reason": "say why, so that the pharmacist knows what to do"})
    return given


def _medicine(text: str, known: Collection[str]) -> str:
    name = line(text, MEDICINE_LENGTH)
    if not name:
        raise UnfitTextError("choose a medicine")
    if known and name not in known:
        raise UnfitTextError("is none that the forecast knows: choose one of the list")
    return name


def _month(text: str, possible: tuple[str, ...]) -> str:
    if _MONTH.fullmatch(text) is None:
        raise UnfitTextError(f"must be written like {possible[0]}")
    if text < possible[0]:
        raise UnfitTextError(f"is over: the first that can be asked for is {possible[0]}")
    if text > possible[-1]:
        raise UnfitTextError(f"is too far ahead: the last that can be asked for is {possible[-1]}")
    return text


def _quantity(text: str) -> str:
    if _QUANTITY.fullmatch(text.strip(" ")) is None or not 1 <= int(text) <= MAX_QUANTITY:
        raise UnfitTextError(f"must be a whole number from 1 to {MAX_QUANTITY}, in digits 0 to 9")
    return text


def _form(text: str) -> str:
    if not is_form(text):
        raise UnfitTextError("was not sent by our page: open it again and send that")
    return text
