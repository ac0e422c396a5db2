"""Every answer there is, computed once: branch x month x medicine."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service import months
from service.history import Floats, Rows
from service.model import Domain, Forecaster

_SAMPLE = 16


class TableError(RuntimeError):
    """The table does not say what the model says."""


@dataclass(frozen=True, slots=True)
class Table:
    """`cells` (branch, month, medicine, 3) holds units, low and high; `answers` the response bodies."""

    domain: Domain
    cells: Rows | Floats
    answers: dict[tuple[str, int], bytes]
    model: dict[str, str]

    def answer(self, branch: str, month: int, medicine: str | None) -> bytes:
        """Return the JSON body; KeyError if the branch, month or medicine is not in the domain."""
        if medicine is None:
            return self.answers[branch, month]
        index = self.domain.medicines.index(medicine)
        cells = self.cells[self.domain.branches.index(branch), month - self.domain.first, index]
        return _body(branch, month, [medicine], cells[None], self.model)


def build(forecaster: Forecaster, model: dict[str, str]) -> Table:
    """Ask the model once for all rows; TableError if a sample asked again differs."""
    cells = predictions(forecaster)
    verify_sample(forecaster, cells)
    return of_cells(forecaster.domain_, cells, model)


def of_cells(domain: Domain, cells: Rows | Floats, model: dict[str, str]) -> Table:
    """Keep the bytes of each whole answer beside the cells."""
    answers = {
        (branch, domain.first + step): _body(branch, domain.first + step, domain.medicines, row, model)
        for branch, rows in zip(domain.branches, cells, strict=True)
        for step, row in enumerate(rows)
    }
    return Table(domain, cells, answers, model)


def predictions(forecaster: Forecaster) -> Rows:
    """Return (branch, month, medicine, 3) for the whole domain of the model."""
    domain = forecaster.domain_
    shape = (len(domain.branches), domain.last - domain.first + 1, len(domain.medicines), 3)
    grid = np.indices(shape[:3]).reshape(3, -1)
    rows = np.stack([grid[0], grid[2], grid[1] + domain.first], axis=1).astype(np.int64)
    return forecaster.predict(rows).reshape(shape)


def digest(forecaster: Forecaster) -> str:
    """Return the hex sha256 of all predictions, with the names they belong to."""
    domain = forecaster.domain_
    names = json.dumps([domain.branches, domain.medicines, domain.first, domain.last])
    content = names.encode() + predictions(forecaster).astype("<i8").tobytes()
    return hashlib.sha256(content).hexdigest()


def verify_sample(forecaster: Forecaster, cells: Rows) -> None:
    """Ask the model again for evenly spread rows, one by one; TableError if an answer differs."""
    domain = forecaster.domain_
    size = cells[..., 0].size
    for flat in range(0, size, max(1, size // _SAMPLE)):
        branch, step, medicine = (int(index) for index in np.unravel_index(flat, cells.shape[:3]))
        again = forecaster.predict(np.array([[branch, medicine, domain.first + step]], dtype=np.int64))[0]
        if not np.array_equal(again, cells[branch, step, medicine]):
            raise TableError(
                f"forecast table: {domain.branches[branch]}, {domain.medicines[medicine]}, "
                f"{months.name(domain.first + step)}: asked again the model says {again.tolist()}, "
                f"the table {cells[branch, step, medicine].tolist()}: train the model again"
            )


def _body(
    branch: str, month: int, medicines: Sequence[str], cells: Rows | Floats, model: dict[str, str]
) -> bytes:
    forecasts = [
        {"medicine": medicine, "units": units, "low": low, "high": high}
        for medicine, (units, low, high) in zip(medicines, cells.tolist(), strict=True)
    ]
    answer = {"branch": branch, "month": months.name(month), "forecasts": forecasts, "model": model}
    return json.dumps(answer, separators=(",", ":")).encode()
