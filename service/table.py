"""Every answer there is, computed once: branch x month x medicine."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from service import months
from service.answers import UNUSABLE, Answer, Flaw, buckets, flaw_of
from service.history import Flags, Floats, Rows
from service.model import Domain, Forecaster

_SAMPLE = 16
_ROUNDING = 1.0


class TableError(RuntimeError):
    """The table does not say what the model says."""


@dataclass(frozen=True, slots=True)
class Table:
    """`cells` (branch, month, medicine, 3) holds units, low and high; `answers` those for all medicines.

    `varied` (branch) says whose medicines differ in the history.
    """

    domain: Domain
    cells: Rows | Floats
    varied: Flags
    answers: dict[tuple[str, int], Answer]
    model: dict[str, str]

    def answer(self, branch: str, month: int, medicine: str | None) -> Answer:
        """Return what is kept; KeyError if the branch, month or medicine is not in the domain."""
        whole = self.answers[branch, month]
        if medicine is None:
            return whole
        cells = self.forecasts(branch, month, medicine)
        alone = _answer((branch, month), [medicine], cells, self.model, varied=False)
        return replace(alone, flaw=Flaw.CONSTANT) if whole.flaw is Flaw.CONSTANT else alone

    def forecasts(self, branch: str, month: int, medicine: str | None) -> Rows | Floats:
        """Return (medicine, 3) of one branch and month; KeyError or ValueError outside the domain."""
        row: Rows | Floats = self.cells[self.domain.branches.index(branch), month - self.domain.first]
        return row if medicine is None else row[[self.domain.medicines.index(medicine)]]

    def flaws(self) -> Counter[Flaw]:
        """Count the bad answers among those for all medicines."""
        return Counter(answer.flaw for answer in self.answers.values() if answer.flaw is not None)

    def with_cells(self, cells: Rows | Floats) -> Self:
        """Return the table of a model that says `cells` instead."""
        return replace(self, cells=cells, answers=_answers(self.domain, cells, self.varied, self.model))


def build(forecaster: Forecaster, model: dict[str, str]) -> Table:
    """Ask the model once for all rows; TableError if a sample asked again differs."""
    cells = predictions(forecaster)
    verify_sample(forecaster, cells)
    domain = forecaster.domain_
    varied = np.ptp(forecaster.state_.level, axis=1) > _ROUNDING
    return Table(domain, cells, varied, _answers(domain, cells, varied, model), model)


def predictions(forecaster: Forecaster) -> Rows | Floats:
    """Return (branch, month, medicine, 3) for the whole domain of the model."""
    domain = forecaster.domain_
    shape = (len(domain.branches), domain.last - domain.first + 1, len(domain.medicines), 3)
    grid = np.indices(shape[:3]).reshape(3, -1)
    rows = np.stack([grid[0], grid[2], grid[1] + domain.first], axis=1).astype(np.int64)
    return forecaster.predict(rows).reshape(shape)


def digest(domain: Domain, cells: Rows | Floats) -> str:
    """Return the hex sha256 of all predictions, with the names they belong to."""
    names = json.dumps([domain.branches, domain.medicines, domain.first, domain.last])
    whole = cells.astype("<i8") if np.issubdtype(cells.dtype, np.integer) else cells.astype("<f8")
    return hashlib.sha256(names.encode() + whole.tobytes()).hexdigest()


def verify_golden(found: Table, expected: str) -> None:
    """Hold the whole table against the digest from the day it was stored; TableError if it differs.

    Scores and gates belong to those predictions: a model that says anything else was never judged.
    """
    told = digest(found.domain, found.cells)
    if told != expected:
        raise TableError(
            f"forecast table: the model does not say what it said when it was stored: sha256 {told}, "
            f"its manifest has {expected}: train the model again with the locked packages"
        )


def verify_sample(forecaster: Forecaster, cells: Rows | Floats) -> None:
    """Ask the model again for evenly spread rows, one by one; TableError if an answer differs."""
    domain = forecaster.domain_
    size = cells[..., 0].size
    for flat in range(0, size, max(1, size // _SAMPLE)):
        branch, step, medicine = (int(index) for index in np.unravel_index(flat, cells.shape[:3]))
        again = forecaster.predict(np.array([[branch, medicine, domain.first + step]], dtype=np.int64))[0]
        if not np.array_equal(again, cells[branch, step, medicine], equal_nan=True):
            raise TableError(
                f"forecast table: {domain.branches[branch]}, {domain.medicines[medicine]}, "
                f"{months.name(domain.first + step)}: asked again the model says {again.tolist()}, "
                f"the table {cells[branch, step, medicine].tolist()}: train the model again"
            )


def _answers(
    domain: Domain, cells: Rows | Floats, varied: Flags, model: dict[str, str]
) -> dict[tuple[str, int], Answer]:
    return {
        (branch, domain.first + step): _answer(
            (branch, domain.first + step), domain.medicines, row, model, varied=bool(differs)
        )
        for branch, rows, differs in zip(domain.branches, cells, varied, strict=True)
        for step, row in enumerate(rows)
    }


def _answer(
    asked: tuple[str, int],
    medicines: Sequence[str],
    cells: Rows | Floats,
    model: dict[str, str],
    *,
    varied: bool,
) -> Answer:
    rows: list[list[float]] = cells.tolist()
    flaw = flaw_of(rows, varied=varied)
    if flaw in UNUSABLE:
        return Answer(b"", (), 0, flaw, "")
    forecasts = [
        {"medicine": medicine, "units": int(units), "low": int(low), "high": int(high)}
        for medicine, (units, low, high) in zip(medicines, rows, strict=True)
    ]
    branch, month = asked
    said = {"branch": branch, "month": months.name(month), "forecasts": forecasts, "model": model}
    body = json.dumps(said, separators=(",", ":")).encode()
    units = [int(row[0]) for row in rows]
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Answer(body, buckets(units), sum(units), flaw, etag)
