"""A chain's own CSV: what is read of it, and how each mistake is told by its line."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service import months
from service.training import __main__, data, own
from service.training.own import LEAST_MONTHS, DataError

HEADER = "branch,medicine,month,units,promotion"
LAST = months.ordinal(2026, 9)
CALENDAR = [months.name(LAST - LEAST_MONTHS + 1 + step) for step in range(LEAST_MONTHS)]


def lines(**changed: str) -> list[str]:
    """A usable file of one branch; `changed` replaces the line of a month, as m2026_09."""
    rows = {month: f"Souk,Zinc,{month},{4 + int(month[-2:]) % 3},0" for month in CALENDAR}
    rows |= {month[1:].replace("_", "-"): row for month, row in changed.items()}
    return [HEADER, *rows.values()]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: list[str] | bytes) -> Path:
        path = tmp_path / "sales.csv"
        path.write_bytes(content if isinstance(content, bytes) else "\n".join(content).encode())
        return path

    return write


def test_the_file_becomes_cubes_in_its_own_order_of_names(written: Callable[..., Path]) -> None:
    content = [*lines(m2026_09="Souk,Zinc,2026-09,6,1"), "Marina,Iron,2026-08,7,0", "Souk,Zinc,2026-12,,1"]
    history, digest = own.read(written(content[:1] + content[:0:-1]))
    assert (history.branches, history.medicines) == (("Souk", "Marina"), ("Zinc", "Iron"))
    assert (months.name(history.last_month), history.horizon) == ("2026-09", data.HORIZON)
    assert history.units[0, 0, -1] == 6
    assert (history.units[1, 1, -2], np.isfinite(history.units[1]).sum()) == (7, 1)
    assert np.flatnonzero(history.promotions[0]).tolist() == [LEAST_MONTHS - 1, LEAST_MONTHS + 2]
    assert not history.censored.any()
    assert len(digest) == 64


def test_what_spreadsheets_write_is_read(written: Callable[..., Path]) -> None:
    plain = own.read(written(lines()))[0]
    dressed = "\r\n".join([" Branch , MEDICINE,month,units,promotion", *lines()[1:], "", ""])
    marked = own.read(written(b"\xef\xbb\xbf" + dressed.encode()))[0]
    np.testing.assert_array_equal(plain.units, marked.units)
    short = [row.rpartition(",")[0] for row in lines()]
    assert not own.read(written(short))[0].promotions.any()
    quoted = own.read(written([HEADER, *(row.replace("Souk", '"Souk, ""old"""') for row in lines()[1:])]))[0]
    assert quoted.branches == ('Souk, "old"',)


WRONG: list[Any] = [
    pytest.param([], r"line 1: the header lacks branch, medicine, month, units", id="empty"),
    pytest.param(["branch,month,units"], r"line 1: the header lacks medicine: it must be", id="column"),
    pytest.param([HEADER + ",price"], r"line 1: the header is .*price", id="unknown-column"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,4"], r"line 2: has 4 columns, the header 5", id="short-line"),
    pytest.param([HEADER, "Souk, a,Zinc,2026-09,4,0"], r"line 2: .*names that hold a comma", id="comma"),
    pytest.param([HEADER, ",Zinc,2026-09,4,0"], r"line 2: branch is empty", id="no-branch"),
    pytest.param([HEADER, "Souk,Zinc,09/2026,4,0"], r"line 2: '09/2026' is not of the form", id="month"),
    pytest.param([HEADER, "Souk,Zinc,2026-13,4,0"], r"line 2: '2026-13' is no date", id="no-month"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,-4,0"], r"line 2: units '-4' are no whole", id="negative"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,4.5,0"], r"line 2: units '4.5'", id="fraction"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,nan,0"], r"line 2: units 'nan'", id="nan"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,\u0664,0"], r"line 2: units", id="arabic-digit"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,4,yes"], r"line 2: promotion 'yes' is neither", id="promotion"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,,0"], r"no line has units", id="no-units"),
    pytest.param([HEADER, "Souk,Zinc,2026-09,4,0"], rf"are 1 months: {LEAST_MONTHS} are needed", id="short"),
    pytest.param([*lines(), lines()[1]], rf"line {LEAST_MONTHS + 2}: Souk, Zinc, .* in line 2", id="twice"),
    pytest.param([*lines(), "Marina,Zinc,2026-09,,0"], r"branch 'Marina' has no line with units", id="idle"),
    pytest.param([HEADER, '"Souk,Zinc'], r"line 2: unexpected end of data", id="open-quote"),
    pytest.param([*lines(), "Souk,Zinc,0001-01,4,0"], r"more than .* cells: .*mistyped month", id="year-one"),
    pytest.param("branch,medicine\nCaf\xe9".encode("latin-1"), r"line 2: is no UTF-8", id="latin-1"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), WRONG)
def test_a_mistake_is_told_with_its_line(
    written: Callable[..., Path], content: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "_MOST_CELLS", 10_000)
    with pytest.raises(DataError, match=reason):
        own.read(written(content))


def test_all_mistakes_are_told_at_once_up_to_ten(written: Callable[..., Path]) -> None:
    with pytest.raises(DataError) as told:
        own.read(written([HEADER, *["Souk,Zinc,soon,4,0"] * 25]))
    said = str(told.value).splitlines()
    assert len(said) == 11
    assert said[-1].endswith("15 more lines are wrong")


def test_a_file_that_is_not_there_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["--data", str(tmp_path / "none.csv"), "--out", str(tmp_path / "m")]) == 2
    assert capsys.readouterr().err.endswith("none.csv: cannot be read: No such file or directory\n")
    assert not (tmp_path / "m").exists()


def test_a_model_of_ones_own_data_is_served(
    written: Callable[..., Path], tmp_path: Path, deploy: Callable[..., Any]
) -> None:
    made_up = data.as_csv(data.generate(5, data.QUICK))["history.csv"].decode().splitlines()
    rows = [(branch, name, month, units) for branch, name, month, units, _ in csv.reader(made_up)]
    path = written(["\n".join(",".join(row) for row in rows)])
    assert __main__.main(["--data", str(path), "--out", str(tmp_path / "models"), "--only", "v0"]) == 0
    manifest = json.loads((tmp_path / "models" / "v0" / "MANIFEST.json").read_text())
    assert manifest["data"]["sha256"] == own.read(path)[1]
    assert "**Data**: read from sales.csv" in (tmp_path / "models" / "v0" / "MODEL_CARD.md").read_text()
    client = deploy(MODEL_DIR=str(tmp_path / "models" / "v0"), MODEL_VERSION="v0").client
    assert client.get("/predict?branch=Dubai+Mall&date=2025-12").status_code == 200
