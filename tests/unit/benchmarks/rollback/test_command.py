"""The command: its report, its exit code, its one line when there is nothing to measure."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cluster import ending
from benchmarks.cluster.place import NoClusterError
from benchmarks.cluster.site import StandstillError
from benchmarks.rollback import __main__ as command

from .seen import made
from .test_goals import MET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.cluster.partial import Partial


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything is written below this folder, and there is a cluster that nobody asks."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    monkeypatch.setattr(command, "REPORT", tmp_path / "build" / "rollback.json")
    monkeypatch.setattr(command, "DOCS", tmp_path / "docs" / "rollback.md")
    monkeypatch.setattr(ending.signal, "signal", lambda *_: None)
    cluster = SimpleNamespace(close=lambda: None)
    monkeypatch.setattr(command, "find", lambda _: SimpleNamespace(cluster=cluster))
    return tmp_path


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a run come to these rows, and end as told."""

    def measuring(rows: list[dict[str, Any]], end: BaseException | None = None) -> None:
        def run(_place: Any, _rows: Any, _wanted: Any, partial: Partial, _say: Any) -> None:
            for row in rows:
                partial.add(row)
            if end is not None:
                raise end

        monkeypatch.setattr(command, "run", run)

    return measuring


def report(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "build" / "rollback.json").read_text())
    return read


def test_all_goals_met_is_exit_0(folder: Path, measuring: Callable[..., None]) -> None:
    measuring(MET)
    assert command.main(["--rounds", "2"]) == 0
    written = report(folder)
    assert set(written) >= {"what", "commit", "machine", "seconds", "goals", "rows"}
    assert (written["seconds"], len(written["rows"])) == (20.0 * len(MET), len(MET))
    assert not (folder / "docs").exists()


def test_a_missed_goal_is_exit_1_and_is_listed(
    folder: Path, measuring: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    measuring([made("abort", 1, broken="late"), *MET])
    assert command.main(["--rounds", "2"]) == 1
    assert "MISSED  abort ordered to last canary answer, median" in capsys.readouterr().out
    assert not all(goal["met"] for goal in report(folder)["goals"])


def test_a_run_that_stops_still_reports_what_it_measured(
    folder: Path, measuring: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    measuring(MET, StandstillError("not at rest"))
    assert command.main(["--rounds", "2"]) == 1
    assert "stopped before the end: not at rest" in capsys.readouterr().err
    assert len(report(folder)["rows"]) == len(MET)


def test_no_cluster_is_exit_5_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(_: object) -> None:
        raise NoClusterError("no cluster to measure: refused: run `make up` first")

    monkeypatch.setattr(command, "find", nowhere)
    assert command.main([]) == 5
    assert capsys.readouterr().err == "rollback: no cluster to measure: refused: run `make up` first\n"
    assert not (folder / "build").exists()


def test_an_interrupted_run_is_exit_130_and_keeps_its_rounds(
    folder: Path, measuring: Callable[..., None]
) -> None:
    measuring(MET[:1], KeyboardInterrupt())
    assert command.main(["--rounds", "2"]) == 130
    assert "failure" in (folder / "build" / "rollback.partial.json").read_text()


def test_the_page_is_written_when_asked_for(folder: Path, measuring: Callable[..., None]) -> None:
    measuring(MET)
    command.main(["--rounds", "2", "--write-docs"])
    assert "`make bench-rollback ROUNDS=2`" in (folder / "docs" / "rollback.md").read_text()


def test_fresh_forgets_what_was_measured(folder: Path, measuring: Callable[..., None]) -> None:
    measuring(MET)
    command.main(["--rounds", "2"])
    command.main(["--rounds", "2", "--fresh"])
    assert len(report(folder)["rows"]) == len(MET)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--rounds", "0"], "must be a whole number from 1 to 200"),
        (["--rounds", "many"], "must be a whole number"),
        (["--only", "abort,moon"], "moon: unknown row"),
    ],
)
def test_wrong_usage_is_exit_2(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(words)
    assert stop.value.code == 2
    assert why in capsys.readouterr().err
