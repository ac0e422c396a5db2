"""What was asked for in the past, as cubes: branch x medicine x month."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """Monthly units of every pair of branch and medicine.

    `units` (branch, medicine, month) is NaN where nothing was recorded. `censored` marks
    stock-outs: the units sold then are a lower bound of the demand. `promotions`
    (medicine, month) is the known plan and reaches `horizon` months past the history.
    """

    branches: tuple[str, ...]
    medicines: tuple[str, ...]
    first_month: int
    units: Floats
    censored: Flags
    promotions: Flags

    @property
    def last_month(self) -> int:
        """Return the ordinal of the last month with history."""
        return self.first_month + int(self.units.shape[2]) - 1

    @property
    def horizon(self) -> int:
        """Return how many months past the history can be forecast."""
        return int(self.promotions.shape[1]) - int(self.units.shape[2])

    @property
    def demand(self) -> Floats:
        """Return the units where they measure demand, NaN where unknown or censored."""
        return np.where(self.censored, np.nan, self.units)

    def until(self, month: int) -> "History":
        """Return the history as it stood at the end of `month`; the plan stays whole."""
        length = month - self.first_month + 1
        return replace(self, units=self.units[:, :, :length], censored=self.censored[:, :, :length])

    def rows(self, months: range) -> Rows:
        """Return (branch, medicine, month) of every pair in every month, branch slowest."""
        branches, medicines = np.arange(len(self.branches)), np.arange(len(self.medicines))
        grid = np.meshgrid(branches, np.asarray(months), medicines, indexing="ij")
        return np.stack([grid[0], grid[2], grid[1]], axis=-1).reshape(-1, 3).astype(np.int64)
