"""A run is shared out, kept, and taken up again."""

from __future__ import annotations

import json
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING, cast

import pytest

from benchmarks.decisions import command, run, validity
from benchmarks.decisions import kept as kept_module
from benchmarks.decisions.cells import CELLS
from benchmarks.decisions.controllers import CONTROLLERS
from benchmarks.decisions.kept import Kept
from benchmarks.decisions.play import PROMOTED, ROLLED_BACK, End

from .stage import SAME, cell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.decisions.world import Cell

CELL, OTHER = cell(10.0, 0.01, SAME), cell(100.0, 0.01, SAME)
UP, BACK = End(PROMOTED, "", 180, 1, unseen=False), End(ROLLED_BACK, "errors", 30, 5, unseen=False)


def test_what_is_kept_is_found_again_by_cell_and_controller(tmp_path: Path) -> None:
    Kept(tmp_path).add(CELL, "Serin", [3, 4], [UP, BACK])
    Kept(tmp_path).add(CELL, "Serin", [5], [UP])
    assert Kept(tmp_path).ends(CELL, "Serin") == {3: UP, 4: BACK, 5: UP}
    assert Kept(tmp_path).ends(CELL, "Argo docs") == {}
    assert Kept(tmp_path).ends(OTHER, "Serin") == {}


def test_half_a_line_of_a_killed_run_costs_that_line_only(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.add(CELL, "Serin", [0, 1], [UP, BACK])
    (file,) = tmp_path.iterdir()
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole + whole[:20], encoding="utf-8")
    kept.add(CELL, "Serin", [2], [UP])
    assert kept.ends(CELL, "Serin") == {0: UP, 1: BACK, 2: UP}


@pytest.mark.parametrize("file", ["evidence.py", "model/seen.py"])
def test_another_engine_is_played_anew_and_the_rivals_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    core = tmp_path / "core"
    copytree(kept_module._CORE, core, ignore=ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept_module, "_CORE", core)
    for name in ("Serin", "Argo docs"):
        Kept(tmp_path / "kept").add(CELL, name, [0], [UP])
    with (core / file).open("a", encoding="utf-8") as source:
        source.write("# changed")
    assert Kept(tmp_path / "kept").ends(CELL, "Serin") == {}
    assert Kept(tmp_path / "kept").ends(CELL, "Argo docs") == {0: UP}


def test_only_what_is_missing_is_played(tmp_path: Path) -> None:
    kept, back = Kept(tmp_path), [BACK] * 3
    kept.add(CELL, "Serin", range(3), back)
    run.run([CELL], 4, 1, kept, print)
    rows = {row["controller"]: row for row in run.rows([CELL], 4, kept)}
    assert list(rows) == list(CONTROLLERS)
    assert {row["n"] for row in rows.values()} == {4}
    assert rows["Serin"]["rolled_back"] == 3


def test_more_repetitions_add_to_those_there_are(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    run.run([CELL], 2, 1, kept, print)
    first = {name: kept.ends(CELL, name) for name in CONTROLLERS}
    run.run([CELL], 3, 1, kept, print)
    for name in CONTROLLERS:
        assert len(kept.ends(CELL, name)) == 3
        assert first[name].items() <= kept.ends(CELL, name).items()
    assert {row["n"] for row in run.rows([CELL], 2, kept)} == {2}


def test_blocks_together_are_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = Kept(tmp_path / "whole"), Kept(tmp_path / "parts")
    run.run([CELL], 4, 1, whole, print)
    monkeypatch.setattr(run, "_BLOCK", 3)
    run.run([CELL], 4, 2, parts, print)
    assert run.rows([CELL], 4, parts) == run.rows([CELL], 4, whole)


def test_every_cell_has_had_a_block_before_any_has_its_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[tuple[float, list[int]]] = []

    def noted(_: object, tasks: list[tuple[Cell, dict[str, list[int]]]], *__: object) -> None:
        played.extend((each.rate, missing["Serin"]) for each, missing in tasks)

    monkeypatch.setattr(run, "_BLOCK", 2)
    monkeypatch.setattr(run, "on_all_cores", noted)
    run.run([CELL, OTHER], 3, 1, Kept(tmp_path), print)
    assert played == [(10.0, [0, 1]), (100.0, [0, 1]), (10.0, [2]), (100.0, [2])]


def test_the_command_writes_a_report_a_page_and_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "GRID", validity.GRID[:2])
    asked = ["--repetitions", "2", "--cells", "errors+5/100/1%", "--out", str(tmp_path), "--jobs", "1"]
    assert command.main(asked) == 0
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
        command.main(asked)
    assert (stopped.value.code, words in capsys.readouterr().err) == (2, True)


def test_a_stopped_run_reports_what_it_has_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        run.run([CELLS[0]], 2, 1, Kept(tmp_path / "decisions.partial"), print)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "GRID", ())
    monkeypatch.setattr(command, "_draw", lambda *_: [])
    monkeypatch.setattr(command, "run", stopped)
    assert command.main(["--out", str(tmp_path)]) == 130
    assert "the same command goes on" in capsys.readouterr().err
    report = json.loads((tmp_path / "decisions.json").read_text(encoding="utf-8"))
    assert [(row["cell"], row["n"]) for row in report["rows"]] == [(CELLS[0].name, 2)] * len(CONTROLLERS)
    assert {goal["name"][:2] for goal in report["goals"]} == {"G1", "G7"}
    page = (tmp_path / "decisions.md").read_text(encoding="utf-8")
    assert "2 releases for each cell and controller (none: at most 78 %); stopped before 2,000" in page


def test_a_report_is_written_while_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def playing(*arguments: object) -> None:
        tell = cast("Callable[[str], None]", arguments[-1])
        tell("still fresh")
        seen.append((tmp_path / "decisions.json").exists())
        monkeypatch.setattr(command, "_FRESH", 0.0)
        tell("old by now")
        seen.append((tmp_path / "decisions.json").exists())

    monkeypatch.setattr(run, "GRID", ())
    monkeypatch.setattr(command, "_draw", lambda *_: [])
    monkeypatch.setattr(command, "run", playing)
    assert command.main(["--out", str(tmp_path)]) == 0
    assert seen == [False, True]
