"""The answers: computed once for the months that are kept, by the model when asked for the others.

The domain is finite, so usually all of it is kept. A chain with thousands of branches can keep its
first months only, which users ask for most, and pay for the others when somebody asks.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from service import months
from service.answers import UNUSABLE, Answer, Flaw, Source, buckets, flaw_of
from service.history import Flags, Floats, Rows
from service.model import Domain, Forecaster
from service.past import Past

_SAMPLE = 16
_ROUNDING = 1.0

Cells = Rows | Floats
Model = Callable[[Rows], Cells]
"""Takes rows of (branch index, medicine index, month ordinal); returns (row, 3): units, low and high."""


class TableError(RuntimeError):
    """The table does not say what the model says."""


@dataclass(frozen=True, slots=True)
class Table:
    """`cells` (branch, month, medicine, 3) holds the months that are kept, the first ones of the domain.

    `answers` are those for all medicines in these months; `ask` is the model, for any month of the
    domain. `varied` (branch) says whose medicines differ in the history. `past` is None for a
    model that was stored before models kept theirs: such a one can still be rolled back to.
    """

    domain: Domain
    cells: Cells
    varied: Flags
    answers: dict[tuple[str, int], Answer]
    model: dict[str, str]
    ask: Model
    past: Past | None

    def answer(self, branch: str, month: int, medicine: str | None) -> Answer:
        """Return what is kept, or what the model says; ValueError for a name the domain does not have."""
        kept = self.answers.get((branch, month))
        if kept is not None and medicine is None:
            return kept
        cells = self.forecasts(branch, month, None)
        whole = self._asked(branch, month, cells) if kept is None else kept
        if medicine is None:
            return whole
        row = cells[[self.domain.medicines.index(medicine)]]
        alone = _answer((branch, month), [medicine], row, self.model, varied=False)
        flaw = Flaw.CONSTANT if whole.flaw is Flaw.CONSTANT else alone.flaw
        return replace(alone, flaw=flaw, source=whole.source)

    def forecasts(self, branch: str, month: int, medicine: str | None) -> Cells:
        """Return (medicine, 3) of one branch and month; ValueError for a name the domain does not have."""
        at, step = self.domain.branches.index(branch), month - self.domain.first
        chosen = slice(None) if medicine is None else [self.domain.medicines.index(medicine)]
        if step < self.cells.shape[1]:
            return np.asarray(self.cells[at, step][chosen])
        rows = [(at, index, month) for index in range(len(self.domain.medicines))]
        return self.ask(np.array(rows, dtype=np.int64)[chosen])

    def flaws(self) -> Counter[Flaw]:
        """Count the bad answers among those for all medicines."""
        return Counter(answer.flaw for answer in self.answers.values() if answer.flaw is not None)

    def distorted(self, distort: Callable[[Cells], Cells]) -> Self:
        """Return the table of a model that says `distort` of what this one says."""
        cells, honest = distort(self.cells), self.ask
        answers = _answers(self.domain, cells, self.varied, self.model)
        return replace(self, cells=cells, answers=answers, ask=lambda rows: distort(honest(rows)))

    def _asked(self, branch: str, month: int, cells: Cells) -> Answer:
        varied = bool(self.varied[self.domain.branches.index(branch)])
        answer = _answer((branch, month), self.domain.medicines, cells, self.model, varied=varied)
        return replace(answer, source=Source.MODEL)


def build(forecaster: Forecaster, model: dict[str, str], golden: str, months: int) -> Table:
    """Ask the model once for all rows and keep those of the first `months` of its domain.

    TableError if a sample asked again differs, or if all rows together are not those of `golden`.
    """
    cells = predictions(forecaster)
    verify_sample(forecaster, cells)
    domain = forecaster.domain_
    verify_golden(domain, cells, golden)
    kept = cells if months >= cells.shape[1] else cells[:, :months].copy()
    varied = np.ptp(forecaster.state_.level, axis=1) > _ROUNDING
    answers, sold = _answers(domain, kept, varied, model), getattr(forecaster, "past_", None)
    return Table(domain, kept, varied, answers, model, forecaster.predict, sold)


def predictions(forecaster: Forecaster) -> Cells:
    """Return (branch, month, medicine, 3) for the whole domain of the model."""
    domain = forecaster.domain_
    shape = (len(domain.branches), domain.last - domain.first + 1, len(domain.medicines), 3)
    grid = np.indices(shape[:3]).reshape(3, -1)
    rows = np.stack([grid[0], grid[2], grid[1] + domain.first], axis=1).astype(np.int64)
    return forecaster.predict(rows).reshape(shape)


def digest(domain: Domain, cells: Cells) -> str:
    """Return the hex sha256 of all predictions, with the names they belong to."""
    names = json.dumps([domain.branches, domain.medicines, domain.first, domain.last])
    whole = cells.astype("<i8") if np.issubdtype(cells.dtype, np.integer) else cells.astype("<f8")
    return hashlib.sha256(names.encode() + whole.tobytes()).hexdigest()


def verify_golden(domain: Domain, cells: Cells, expected: str) -> None:
    """Hold all predictions against the digest from the day they were stored; TableError if it differs.

    Scores and gates belong to those predictions: a model that says anything else was never judged.
    """
    told = digest(domain, cells)
    if told != expected:
        raise TableError(
            f"forecast table: the model does not say what it said when it was stored: sha256 {told}, "
            f"its manifest has {expected}: train the model again with the locked packages"
        )


def verify_sample(forecaster: Forecaster, cells: Cells) -> None:
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
    domain: Domain, cells: Cells, varied: Flags, model: dict[str, str]
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
    cells: Cells,
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
