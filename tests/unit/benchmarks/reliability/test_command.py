"""The command: what it plays, its report, its exit code, its one line when there is nothing to measure."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.cluster import ending
from benchmarks.cluster.place import NoClusterError
from benchmarks.reliability import __main__ as command
from delivery.errors import StepError

from .rows import row

if TYPE_CHECKING:
    from pathlib import Path


class Faults:
    """Two rows; what they measure can be set, and what was played is noted."""

    def __init__(self) -> None:
        self.played: list[tuple[str, str, int]] = []
        self.seconds = 1.0
        self.end: BaseException | None = None

    def row(self, name: str) -> Any:
        def play(case: str, number: int) -> dict[str, Any]:
            if self.end is not None:
                raise self.end
            self.played.append((name, case, number))
            return {"seconds": self.seconds, "late": 0, "requests": 30}

        return row(play, name=name)


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Everything is written below a folder of the test, and there is a cluster that nobody asks."""
    made = Faults()
    images = SimpleNamespace(service=SimpleNamespace(name="s:1"), controller=SimpleNamespace(name="c:1"))
    place = SimpleNamespace(cluster=SimpleNamespace(close=lambda: None), images=images)
    for name, value in {
        "ROOT": tmp_path,
        "BUILD": tmp_path,
        "PARTIAL": tmp_path / "partial",
        "REPORT": tmp_path / "reliability.json",
        "DOCS": tmp_path / "docs" / "reliability.md",
        "ROWS": (made.row("R1"), made.row("R2")),
        "find": lambda _: place,
        "commit": lambda _: "0123456789abcdef",
    }.items():
        monkeypatch.setattr(command, name, value)
    monkeypatch.setattr(ending.signal, "signal", lambda *_: None)
    return made


def report(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "reliability.json").read_text())
    return read


def test_the_long_run_plays_every_case_of_every_row(faults: Faults, tmp_path: Path) -> None:
    assert command.main([]) == 0
    assert len(faults.played) == 8
    written = report(tmp_path)
    assert set(written) >= {"what", "commit", "machine", "seconds", "goals", "rows"}
    assert {goal["name"] for goal in written["goals"]} >= {"R1: requests", "R2: late ones"}
    assert {record["commit"] for record in written["rounds"]} == {"0123456789abcdef"}


def test_it_goes_on_where_it_stopped(faults: Faults, capsys: pytest.CaptureFixture[str]) -> None:
    faults.end = KeyboardInterrupt()
    assert command.main(["--rounds", "1"]) == 130
    assert "goes on with the round that is missing" in capsys.readouterr().err
    faults.end = None
    command.main(["--rounds", "1"])
    command.main(["--rounds", "2", "--only", "R2"])
    assert faults.played == [
        ("R1", "early", 1),
        ("R1", "late", 1),
        ("R2", "early", 1),
        ("R2", "late", 1),
        ("R2", "early", 2),
        ("R2", "late", 2),
    ]


def test_fresh_forgets_the_rounds_of_its_rows_only(faults: Faults, tmp_path: Path) -> None:
    command.main(["--rounds", "1"])
    command.main(["--rounds", "1", "--only", "R2", "--fresh"])
    assert [each[0] for each in faults.played] == ["R1", "R1", "R2", "R2", "R2", "R2"]
    assert len(report(tmp_path)["rounds"]) == 4


def test_a_missed_goal_is_exit_1_only_for_a_row_that_was_asked_for(
    faults: Faults, capsys: pytest.CaptureFixture[str]
) -> None:
    faults.seconds = 6.0
    assert command.main(["--rounds", "1", "--only", "R1"]) == 1
    assert "MISSED  R1: seconds, longest" in capsys.readouterr().out
    faults.seconds = 1.0
    assert command.main(["--rounds", "2", "--only", "R2"]) == 0


def test_a_row_that_cannot_be_set_up_does_not_stop_the_others(
    faults: Faults, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(_: object) -> None:
        raise StepError("no namespace")

    monkeypatch.setattr(command, "ROWS", (row(lambda *_: {}, name="R1", open=nothing), *command.ROWS[1:]))
    assert command.main(["--rounds", "1"]) == 1
    assert [each[0] for each in faults.played] == ["R2", "R2"]
    said = capsys.readouterr().err
    assert "R1: no namespace" in said
    assert "2 rounds are left" in said


def test_a_run_with_too_little_time_says_what_is_left(
    faults: Faults, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = row(lambda *_: {}, name="R1", minutes=2.0)
    monkeypatch.setattr(command, "ROWS", (slow, *command.ROWS[1:]))
    assert command.main(["--rounds", "1", "--minutes", "1"]) == 1
    assert "stopped before the end: 2 rounds are left" in capsys.readouterr().err
    assert len(faults.played) == 2


def test_no_cluster_is_exit_5_in_one_line(
    faults: Faults, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nowhere(_: object) -> None:
        raise NoClusterError("no cluster to measure: refused: run `make up` first")

    monkeypatch.setattr(command, "find", nowhere)
    assert command.main([]) == 5
    assert capsys.readouterr().err == "reliability: no cluster to measure: refused: run `make up` first\n"
    assert faults.played == []


def test_the_page_is_written_when_asked_for(faults: Faults, tmp_path: Path) -> None:
    command.main(["--rounds", "1", "--write-docs"])
    assert "(`make bench-reliability ONLY=R1 ROUNDS=1`)" in (tmp_path / "docs" / "reliability.md").read_text()
    assert faults.played


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--rounds", "0"], "must be a whole number from 1 to 1000"),
        (["--minutes", "soon"], "must be a whole number of minutes"),
        (["--only", "R1,R99"], "R99: unknown row"),
    ],
)
def test_wrong_usage_is_exit_2(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(words)
    assert stop.value.code == 2
    assert why in capsys.readouterr().err
