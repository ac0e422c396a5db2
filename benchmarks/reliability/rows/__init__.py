"""All rows, by their numbers: the constant ROW of every module here whose name begins like `r8_`."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.reliability.row import Row

_MODULE = re.compile(r"r[0-9]+_")


def found() -> tuple[Row, ...]:
    """Every row of the suite, in order."""
    names = (each.name for each in pkgutil.iter_modules(__path__) if _MODULE.match(each.name))
    rows: list[Row] = [import_module(f"{__name__}.{name}").ROW for name in names]
    return tuple(sorted(rows, key=lambda row: row.number))
