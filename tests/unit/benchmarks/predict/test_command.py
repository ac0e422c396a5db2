"""The command: its report, its exit code, its one line when nothing can be measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cluster import ending
from benchmarks.predict import __main__ as command
from benchmarks.predict import rows

from .made import rounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.cluster.partial import Partial


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything is written below this folder; nothing is installed and no server starts."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    monkeypatch.setattr(command, "REPORT", tmp_path / "build" / "predict.json")
    monkeypatch.setattr(command, "DOCS", tmp_path / "docs" / "predict.md")
    monkeypatch.setattr(command.closed, "ensure", lambda: None)
    monkeypatch.setattr(command.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(command, "_stage", lambda *_: None)
    monkeypatch.setattr(ending.signal, "signal", lambda *_: None)
    return tmp_path


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let a run come to these rows, and end as told; gives the names of the rows that were asked for."""

    def measuring(found: list[dict[str, Any]], end: BaseException | None = None) -> list[str]:
        asked: list[str] = []

        def run(chosen: Any, _rounds: Any, partial: Partial, _stage: Any) -> None:
            asked.extend(row.name for row in chosen)
            for row in found:
                partial.add(row)
            if end is not None:
                raise end

        monkeypatch.setattr(command, "run", run)
        return asked

    return measuring


def report(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "build" / "predict.json").read_text())
    return read


def test_all_goals_met_is_exit_0(folder: Path, measuring: Callable[..., list[str]]) -> None:
    asked = measuring(rounds(1))
    assert command.main(["--rounds", "1"]) == 0
    assert asked == [row.name for row in rows.ROWS]
    written = report(folder)
    assert set(written) >= {"what", "commit", "machine", "seconds", "goals", "rows"}
    assert written["seconds"] == 20.0 * len(rounds(1))
    assert not (folder / "docs").exists()


def test_a_missed_goal_is_exit_1_and_is_listed(
    folder: Path, measuring: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = measuring([row for row in rounds(1) if row["row"] != "start"])
    assert command.main(["--rounds", "1", "--only", "steady,flask"]) == 1
    assert asked == ["flask", "steady"]
    assert "MISSED  ready after the start: - (<= 2 s)" in capsys.readouterr().out
    assert not all(goal["met"] for goal in report(folder)["goals"])


def test_an_interrupted_run_is_exit_130_and_keeps_its_rounds(
    folder: Path, measuring: Callable[..., list[str]]
) -> None:
    measuring(rounds(1)[:1], KeyboardInterrupt())
    assert command.main([]) == 130
    assert "empty" in (folder / "build" / "predict.partial.json").read_text()
    measuring(rounds(1)[1:])
    assert command.main(["--rounds", "1", "--write-docs"]) == 0
    assert "`make bench-predict ROUNDS=1 SECONDS=5`" in (folder / "docs" / "predict.md").read_text()


def test_fresh_forgets_what_was_measured(folder: Path, measuring: Callable[..., list[str]]) -> None:
    measuring(rounds(1))
    command.main(["--rounds", "1"])
    command.main(["--rounds", "1", "--fresh"])
    assert len(report(folder)["rows"]) == len(rounds(1))


def test_one_core_measures_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command.os, "sched_getaffinity", lambda _: {0})
    assert command.main([]) == 1
    assert "predict: cores: 1 cannot be used here" in capsys.readouterr().err
    assert not (folder / "build").exists()


@pytest.mark.usefixtures("folder")
def test_without_a_model_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    monkeypatch.setattr(command, "MODEL", tmp_path / "nothing")
    monkeypatch.setattr(command.closed, "ensure", lambda: None)
    monkeypatch.setattr(command.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(ending.signal, "signal", lambda *_: None)
    assert command.main([]) == 1
    assert "run `make train`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--rounds", "0"], "must be a whole number from 1 to 100"),
        (["--seconds", "long"], "must be a whole number from 1 to 100"),
        (["--only", "flask,moon"], "moon: unknown row"),
    ],
)
def test_wrong_usage_is_exit_2(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(words)
    assert stop.value.code == 2
    assert why in capsys.readouterr().err


def test_packages_of_a_lock_are_counted_without_their_hashes() -> None:
    assert rows.packages("flask==3.1 \\\n    --hash=sha256:aa==\nnumpy==2.4\n# a==b\n") == 2
