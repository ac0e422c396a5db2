"""`python -m service.training.diff models/v0 models/v1`: what changes for users between two models.

Every forecast that both can give is compared, as whole units, as they are served. What only one of
them can be asked for is listed by name. Models are verified as the service verifies them.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service import artefact, months, table
from service.artefact import Artefact, ArtefactError
from service.history import Floats
from service.model import Domain


@dataclass(frozen=True, slots=True)
class Change:
    """One forecast that differs: units before and after."""

    branch: str
    medicine: str
    month: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class BranchChange:
    """All forecasts of a branch: the share that differs, and the sum of units before and after."""

    branch: str
    changed: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Difference:
    """`changed` is a share of the `cells` compared; `mean_change` the mean of |after - before| over them.

    `unusable` counts cells where one of both is no number: they are in no sum. `branches` are sorted
    by their share, `largest` by units; `only` names what one model knows and the other does not.
    """

    before: dict[str, str]
    after: dict[str, str]
    cells: int
    changed: float
    mean_change: float
    intervals_changed: float
    unusable: int
    largest: list[Change]
    branches: list[BranchChange]
    only: dict[str, list[str]]


def compare(before: Artefact, after: Artefact, top: int) -> Difference:
    """Compare all forecasts that both models can give; ValueError if there are none."""
    shared = _shared(before.forecaster.domain_, after.forecaster.domain_)
    if not shared.branches or not shared.medicines or shared.first > shared.last:
        raise ValueError("the models have no branch, medicine and month in common: nothing can be compared")
    old, new = (_cells(one, shared) for one in (before, after))
    usable = np.isfinite(old[..., 0]) & np.isfinite(new[..., 0])
    differs = (old[..., 0] != new[..., 0]) & ~(np.isnan(old[..., 0]) & np.isnan(new[..., 0]))
    ends = np.any((old[..., 1:] != new[..., 1:]) & ~(np.isnan(old[..., 1:]) & np.isnan(new[..., 1:])), axis=3)
    change = np.where(usable, new[..., 0] - old[..., 0], 0.0)
    return Difference(
        before={"version": before.version, "digest": before.digest},
        after={"version": after.version, "digest": after.digest},
        cells=differs.size,
        changed=float(differs.mean()),
        mean_change=float(np.abs(change).sum() / max(int(usable.sum()), 1)),
        intervals_changed=float(ends.mean()),
        unusable=int((~usable).sum()),
        largest=_largest(shared, old, new, change, top),
        branches=_by_branch(shared, np.where(usable, old[..., 0], 0.0), change, differs.mean(axis=(1, 2))),
        only=_only(before.forecaster.domain_, after.forecaster.domain_),
    )


def _shared(one: Domain, other: Domain) -> Domain:
    return Domain(
        tuple(name for name in one.branches if name in other.branches),
        tuple(name for name in one.medicines if name in other.medicines),
        max(one.first, other.first),
        min(one.last, other.last),
    )


def _cells(stored: Artefact, shared: Domain) -> Floats:
    """Return (branch, month, medicine, 3) of the shared names and months, in the shared order."""
    domain = stored.forecaster.domain_
    cells = table.predictions(stored.forecaster).astype(np.float64)
    branches = [domain.branches.index(name) for name in shared.branches]
    medicines = [domain.medicines.index(name) for name in shared.medicines]
    return cells[branches][:, shared.first - domain.first : shared.last - domain.first + 1][:, :, medicines]


def _largest(shared: Domain, old: Floats, new: Floats, change: Floats, top: int) -> list[Change]:
    order = np.argsort(-np.abs(change), axis=None, kind="stable")[:top]
    places = np.stack(np.unravel_index(order, change.shape), axis=1)
    return [
        Change(
            shared.branches[branch], shared.medicines[medicine], months.name(shared.first + int(step)),
            float(old[branch, step, medicine, 0]), float(new[branch, step, medicine, 0]),
        )
        for branch, step, medicine in places if change[branch, step, medicine]
    ]  # fmt: skip


def _by_branch(shared: Domain, units: Floats, change: Floats, changed: Floats) -> list[BranchChange]:
    before, moved = units.sum(axis=(1, 2)), change.sum(axis=(1, 2))
    rows = [
        BranchChange(name, float(share), float(units), float(units + more))
        for name, share, units, more in zip(shared.branches, changed, before, moved, strict=True)
    ]
    return sorted(rows, key=lambda row: -row.changed)


def _only(before: Domain, after: Domain) -> dict[str, list[str]]:
    def lacking(one: Domain, other: Domain) -> list[str]:
        names = {*one.branches, *one.medicines} - {*other.branches, *other.medicines}
        beyond = set(range(one.first, one.last + 1)) - set(range(other.first, other.last + 1))
        return [*sorted(names), *map(months.name, sorted(beyond))]

    return {"before": lacking(before, after), "after": lacking(after, before)}


def as_text(found: Difference, *, short: bool = False) -> str:
    """Say it to people: the share, the largest changes, and the branches most affected.

    In short, for the notes of a release: three of the changes and three of the branches.
    """
    most = 3 if short else None
    summary = (
        f"{found.before['version']} -> {found.after['version']}: of {found.cells:,} forecasts "
        f"{found.changed:.1%} change, by {found.mean_change:.2f} units in the mean of all; "
        f"of their intervals {found.intervals_changed:.1%}"
    )
    lines = [summary]
    if found.unusable:
        lines.append(f"{found.unusable} forecasts are no number in one of both models")
    for side, names in found.only.items():
        if names:
            lines.append(f"only in {getattr(found, side)['version']}: {', '.join(names)}")
    lines += ["", "largest changes, units a month"]
    lines += [
        f"  {one.before:5.0f} -> {one.after:<5.0f}  {one.month}  {one.branch}, {one.medicine}"
        for one in found.largest[:most]
    ]
    lines += ["", "by branch: forecasts that change, units of all months before and after"]
    lines += [
        f"  {one.changed:6.1%}  {one.before:9,.0f} -> {one.after:<9,.0f} {one.branch}"
        for one in found.branches[:most]
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when both models were compared, 2 when one of them is refused."""
    parser = argparse.ArgumentParser(
        prog="python -m service.training.diff", description=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("before", type=Path, help="folder of the model that users have")
    parser.add_argument("after", type=Path, help="folder of the model that they would get")
    parser.add_argument("--short", action="store_true", help="as notes of a release: eleven lines")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--top", type=int, default=10, help="how many of the largest changes (10)")
    options = parser.parse_args(arguments)
    try:
        found = compare(artefact.load(options.before, None), artefact.load(options.after, None), options.top)
    except (ArtefactError, ValueError) as error:
        print(f"model diff: {error}", file=sys.stderr)
        return 2
    content: dict[str, Any] = asdict(found)
    print(json.dumps(content, indent=2) if options.json else as_text(found, short=options.short))
    return 0


if __name__ == "__main__":
    sys.exit(main())
