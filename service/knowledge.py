"""What a frontend needs besides forecasts: which names and months there are, and what was sold before.

Both come from the model that answers, so that lists, past and forecast on one page belong together.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from service import months
from service.errors import ApiError
from service.history import Flags, Rows
from service.past import UNKNOWN
from service.schema import Series
from service.table import Table


@dataclass(frozen=True, slots=True)
class Page:
    """JSON as it is sent, and its quoted tag."""

    body: bytes
    etag: str


def catalogue(table: Table) -> Page:
    """Return the names and the months that can be asked for."""
    domain = table.domain
    return _page(
        {
            "branches": domain.branches,
            "medicines": domain.medicines,
            "first": months.name(domain.first),
            "last": months.name(domain.last),
            "model": table.model,
        }
    )


def history(table: Table, asked: Series) -> Page:
    """Return the months sold before the model's first; ApiError 404 if the model does not know them."""
    past, domain = table.past, table.domain
    if past is None:
        raise ApiError(
            404, "no_history", f"model {table.model['version']} was stored without the months before it"
        )
    branch = domain.branches.index(asked.branch)
    wanted = domain.medicines if asked.medicine is None else (asked.medicine,)
    at = [domain.medicines.index(name) for name in wanted]
    units, stockouts = past.units[branch, at], past.stockouts[branch, at]
    return _page(
        {
            "branch": asked.branch,
            "first": months.name(past.first),
            "last": months.name(past.first + past.units.shape[2] - 1),
            "series": [
                {"medicine": name, "units": _sold(sold), "stockouts": _names(past.first, out)}
                for name, sold, out in zip(wanted, units, stockouts, strict=True)
            ],
            "model": table.model,
        }
    )


def _sold(units: Rows) -> list[int | None]:
    return [None if count == UNKNOWN else count for count in units.tolist()]


def _names(first: int, flags: Flags) -> list[str]:
    return [months.name(first + int(step)) for step in np.flatnonzero(flags)]


def _page(content: dict[str, Any]) -> Page:
    body = json.dumps(content, separators=(",", ":")).encode()
    return Page(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
