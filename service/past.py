"""What was sold before the model was trained, as far as a page shows it beside a forecast."""

from dataclasses import dataclass

import numpy as np

from service.history import Flags, History, Rows

MONTHS = 36
"""Three winters: enough to see a season beside the forecast, little enough to travel with the model."""

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Past:
    """Whole units (branch, medicine, month) from the month `first` on, UNKNOWN where none were recorded.

    `stockouts` marks months in which the stock ran out: what was sold then is the least that was wanted.
    """

    first: int
    units: Rows
    stockouts: Flags


def recent(history: History) -> Past:
    """Return the last months of `history`, all of it if it is shorter."""
    units = history.units[:, :, -MONTHS:]
    whole = np.rint(np.where(np.isnan(units), UNKNOWN, units)).astype(np.int64)
    return Past(history.last_month + 1 - units.shape[2], whole, history.censored[:, :, -MONTHS:].copy())
