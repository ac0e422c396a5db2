"""Public series become a pharmacy's CSV, and a page says what the models make of them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from benchmarks.series import page, public
from benchmarks.series.public import SERIES, WANTED, own_csv
from delivery.errors import StepError
from service import months
from service.training import own

if TYPE_CHECKING:
    from pathlib import Path

PBS, AIRLINE = SERIES
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def package(folder: Path, member: str, content: str) -> Path:
    path = folder / "made-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(member, content)
    return path


def test_what_comes_out_is_read_as_a_pharmacys_own_file(tmp_path: Path) -> None:
    rows = [f"{1990 + at // 12} {NAMES[at % 12]},{at % 7}" for at in range(96)]
    made = package(tmp_path, PBS.member, "\n".join(["Month,Scripts", *rows]))
    (tmp_path / "own.csv").write_text(own_csv(made, PBS))
    history, _ = own.read(tmp_path / "own.csv")
    assert (history.branches, history.medicines) == (("Public",), ("pbs",))
    assert history.units[0, 0].tolist() == [at % 7 for at in range(96)]
    assert months.name(history.first_month) == "1990-01"


def test_the_years_after_the_last_sale_are_left_out(tmp_path: Path) -> None:
    made = package(
        tmp_path, AIRLINE.member, "Date,Passengers\n1949-01,3\n1949-02,4.0\n1949-03,0\n1949-04,0\n"
    )
    assert own_csv(made, AIRLINE).splitlines()[1:] == ["Public,airline,1949-01,3", "Public,airline,1949-02,4"]


def test_a_package_without_the_series_says_so(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"PBS_dataset.csv: cannot be read"):
        own_csv(package(tmp_path, "other.csv", ""), PBS)


def test_a_folder_with_two_packages_is_not_guessed_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "BUILD", tmp_path)
    for name in ("a.whl", "b.whl"):
        (tmp_path / name).touch()
    with pytest.raises(StepError, match="holds 2 packages, not one"):
        public.wheel(print)


def test_the_package_is_pinned_by_its_hash() -> None:
    (line,) = [line for line in WANTED.read_text().splitlines() if not line.startswith("#")]
    assert line.startswith("sktime==")
    assert "--hash=sha256:" in line


def test_the_page_tells_every_score_and_the_gates_verdict() -> None:
    row = {"mase": 1.25, "wape": 0.5, "bias": -2.0, "coverage": 0.75, "rows": 36}
    report = {
        "commit": "0123456789abcdef",
        "finished": "2026-11-25T12:00:00Z",
        "gate": {"pbs": ["MASE 1.250 is above 0.85"], "airline": []},
        "rows": [{"series": name, "forecast": "v1", **row} for name in ("pbs", "airline")],
    }
    text = page.page(report, "make bench-series")
    assert text.count("| v1 | 1.250 | 0.500 | -2.00 | 75.0% | 36 |") == 2
    assert "**Gate**: MASE 1.250 is above 0.85." in text
    assert "**Gate**: passed." in text
    assert "`make bench-series` at commit 0123456789ab, 2026-11-25" in text
