"""A chain's own history: a CSV of branch, medicine, month, units and, if known, promotion.

    branch,medicine,month,units,promotion
    Dubai Mall,Paracetamol 500 mg,2025-11,42,0

One line for each pair and month, in any order. Empty units: not known. A missing line: the same. A
promotion is one of the whole chain: it counts if any line of its month says so. Lines of months after
the last one with units plan the promotions to come; the horizon is 13 months, planned or not.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import numpy as np

from service import months
from service.features import FIRST_ORIGIN
from service.history import Floats, History
from service.training.data import HORIZON
from service.training.score import ORIGINS

REQUIRED = ("branch", "medicine", "month", "units")
OPTIONAL = ("promotion",)
LEAST_MONTHS = 12 * ORIGINS + FIRST_ORIGIN + 2
"""The years to score on, and before them what the first score has to learn from."""

_MOST_CELLS = 20_000_000
_SHOWN = 10


class DataError(ValueError):
    """A file that no model can be made of; each line of the message names a line of the file."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    branch: str
    medicine: str
    month: int
    units: float
    promotion: bool


def read(path: Path) -> tuple[History, str]:
    """Return the history and the hex sha256 of the file; DataError with all that is wrong, by line."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(f"{path}: line {line}: is no UTF-8: save the file as UTF-8") from error
    return _history(path, _lines(path, text)), hashlib.sha256(content).hexdigest()


def _lines(path: Path, text: str) -> list[_Line]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[_Line] = []
    wrong: list[str] = []
    try:
        names = _header(path, next(reader, []))
        for row in reader:
            if not row:
                continue
            try:
                found.append(_line(reader.line_num, names, row))
            except ValueError as error:
                wrong.append(f"{path}: line {reader.line_num}: {error}")
    except csv.Error as error:
        wrong.append(f"{path}: line {reader.line_num}: {error}")
    wrong += [f"{path}: {problem}" for problem in _repeated(found)]
    if wrong:
        more = [f"{path}: {len(wrong) - _SHOWN} more lines are wrong"] if len(wrong) > _SHOWN else []
        raise DataError("\n".join(wrong[:_SHOWN] + more))
    return found


def _header(path: Path, row: list[str]) -> list[str]:
    names = [name.strip().casefold() for name in row]
    lacking = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    if lacking or unknown or len(set(names)) < len(names):
        wrong = f"lacks {', '.join(lacking)}" if lacking else f"is {','.join(row)[:80]!r}"
        raise DataError(
            f"{path}: line 1: the header {wrong}: it must be branch,medicine,month,units[,promotion]"
        )
    return names


def _line(number: int, names: list[str], row: list[str]) -> _Line:
    if len(row) != len(names):
        raise ValueError(f"has {len(row)} columns, the header {len(names)}: quote names that hold a comma")
    cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
    for name in ("branch", "medicine"):
        if not cells[name]:
            raise ValueError(f"{name} is empty")
    return _Line(
        number,
        normalize("NFC", cells["branch"]),
        normalize("NFC", cells["medicine"]),
        months.parse(cells["month"]),
        _units(cells["units"]),
        _flag(cells.get("promotion", "")),
    )


def _units(text: str) -> float:
    if not text:
        return float("nan")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"units {text[:40]!r} are no whole number from 0 on; leave unknown ones empty")
    return float(text)


def _flag(text: str) -> bool:
    if text not in {"", "0", "1"}:
        raise ValueError(f"promotion {text[:40]!r} is neither 0 nor 1")
    return text == "1"


def _repeated(lines: list[_Line]) -> list[str]:
    seen: dict[tuple[str, str, int], int] = {}
    problems = []
    for line in lines:
        first = seen.setdefault((line.branch, line.medicine, line.month), line.number)
        if first != line.number:
            what = f"{line.branch}, {line.medicine}, {months.name(line.month)}"
            problems.append(f"line {line.number}: {what} stands in line {first} already")
    return problems


def _history(path: Path, lines: list[_Line]) -> History:
    sold = [line.month for line in lines if not np.isnan(line.units)]
    if not sold:
        raise DataError(f"{path}: no line has units: nothing can be learned")
    first, last = min(sold), max(sold)
    length = last - first + 1
    if length < LEAST_MONTHS:
        raise DataError(
            f"{path}: {months.name(first)} to {months.name(last)} are {length} months: "
            f"{LEAST_MONTHS} are needed, to learn from and to score on"
        )
    branches, medicines = (
        tuple(dict.fromkeys(getattr(line, name) for line in lines)) for name in ("branch", "medicine")
    )
    if len(branches) * len(medicines) * length > _MOST_CELLS:
        raise DataError(
            f"{path}: {len(branches)} branches x {len(medicines)} medicines x {length} months are more than "
            f"{_MOST_CELLS:,} cells: split the file, or look for a mistyped month or name"
        )
    units = np.full((len(branches), len(medicines), length), np.nan)
    promotions = np.zeros((len(medicines), length + HORIZON), dtype=np.bool_)
    branch_at, medicine_at = ({name: at for at, name in enumerate(names)} for names in (branches, medicines))
    for line in lines:
        step, medicine = line.month - first, medicine_at[line.medicine]
        if 0 <= step < promotions.shape[1]:
            promotions[medicine, step] |= line.promotion
        if 0 <= step < length:
            units[branch_at[line.branch], medicine, step] = line.units
    _all_sold(path, branches, medicines, units)
    return History(branches, medicines, first, units, np.zeros(units.shape, dtype=np.bool_), promotions)


def _all_sold(path: Path, branches: tuple[str, ...], medicines: tuple[str, ...], units: Floats) -> None:
    """Refuse names of which nothing at all is known."""
    for kind, names, axes in (("branch", branches, (1, 2)), ("medicine", medicines, (0, 2))):
        for name, known in zip(names, np.any(np.isfinite(units), axis=axes).tolist(), strict=True):
            if not known:
                raise DataError(f"{path}: {kind} {name!r} has no line with units: leave it out")
