from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import engine

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ["advance", "judge", "advance + judge", "pack", "unpack"]


def report(tmp_path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    out = tmp_path / "bench" / "engine.json"
    code = engine.main(["--releases", "3", "--rounds", "2", "--out", str(out), *options])
    return code, json.loads(out.read_text(encoding="utf-8"))


def test_a_report_has_the_frame_of_all_reports(tmp_path: Path) -> None:
    _, found = report(tmp_path)
    assert list(found) == ["what", "commit", "machine", "seconds", "goals", "rows"]
    assert found["what"] == "engine"
    assert list(found["goals"][0]) == ["name", "goal", "figure", "unit", "met", "note"]


def test_every_part_has_a_median_and_its_spread(tmp_path: Path) -> None:
    _, found = report(tmp_path)
    assert [row["part"] for row in found["rows"]] == PARTS
    for row in found["rows"]:
        assert (row["releases"], row["n"]) == (3, 2)
        assert 0 < row["least"] <= row["median"] <= row["most"]


@pytest.mark.parametrize(("seconds", "met"), [(0.05, True), (0.06, False)])
def test_the_goal_is_about_a_thousand_releases(seconds: float, met: bool) -> None:  # noqa: FBT001
    found = engine.goal([{"part": "advance + judge", "median": seconds, "n": 9}], 100)
    assert (found["figure"], found["met"]) == (pytest.approx(10 * seconds), met)


def test_the_exit_code_says_whether_the_goal_is_met(tmp_path: Path) -> None:
    code, found = report(tmp_path)
    assert code == (0 if found["goals"][0]["met"] else 1)


@pytest.mark.parametrize("number", ["0", "-1", "many", "1.5"])
def test_what_is_no_number_of_releases_is_refused(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        engine.main(["--releases", number])
    assert "must be a whole number, at least 1" in capsys.readouterr().err
