"""A run is shared out, kept, and taken up again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.decisions import __main__, run, validity
from benchmarks.decisions.controllers import CONTROLLERS
from benchmarks.decisions.kept import Kept

from .stage import SAME, cell

if TYPE_CHECKING:
    from pathlib import Path

CELL = cell(10.0, 0.01, SAME)
ROW = {"promoted": 3}


def test_what_is_kept_is_found_again_by_cell_controller_and_repetitions(tmp_path: Path) -> None:
    Kept(tmp_path, 20).write(CELL, "Serin", ROW)
    assert Kept(tmp_path, 20).read(CELL, "Serin") == ROW
    assert Kept(tmp_path, 30).read(CELL, "Serin") is None
    assert Kept(tmp_path, 20).read(CELL, "Argo docs") is None
    assert Kept(tmp_path, 20).read(cell(100.0, 0.01, SAME), "Serin") is None


def test_only_what_is_missing_is_played(tmp_path: Path) -> None:
    kept = Kept(tmp_path, 2)
    kept.write(CELL, "Serin", {**ROW, "controller": "Serin"})
    rows = run.run([CELL], 2, 1, kept, print)
    assert [found["controller"] for found in rows] == list(CONTROLLERS)
    assert rows[-1]["promoted"] == 3
    assert [found["n"] for found in rows[:-1]] == [2] * (len(CONTROLLERS) - 1)


def test_blocks_together_are_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run.run([CELL], 4, 1, Kept(tmp_path / "whole", 4), print)
    monkeypatch.setattr(run, "_BLOCK", 3)
    assert run.run([CELL], 4, 2, Kept(tmp_path / "parts", 4), print) == whole


def test_the_command_writes_a_report_a_page_and_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "GRID", validity.GRID[:2])
    asked = ["--repetitions", "2", "--cells", "errors+5/100/1%", "--out", str(tmp_path), "--jobs", "1"]
    assert __main__.main(asked) == 0
    report = json.loads((tmp_path / "decisions.json").read_text(encoding="utf-8"))
    assert report.keys() == {"what", "commit", "machine", "seconds", "goals", "rows"}
    assert [goal["name"][:2] for goal in report["goals"]] == ["G2", "G4", "G7", "G8", "G8", "G8", "G8"]
    page = (tmp_path / "decisions.md").read_text(encoding="utf-8")
    assert "| errors+5/100/1% |" in page
    assert "decisions-errors+5.svg" in page
    assert (tmp_path / "decisions-errors+5.svg").exists()
    assert "figures meet their goal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--repetitions", "1"], "is 1: must be a whole number, at least 2"),
        (["--jobs", "none"], "is none: must be a whole number, at least 1"),
        (["--cells", "nonsense"], "is nonsense: fits no cell"),
    ],
)
def test_a_wrong_option_is_named(asked: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        __main__.main(asked)
    assert (stopped.value.code, words in capsys.readouterr().err) == (2, True)


def test_a_stopped_run_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(__main__, "run", interrupted)
    assert __main__.main(["--out", str(tmp_path)]) == 130
    assert "the same command goes on" in capsys.readouterr().err
