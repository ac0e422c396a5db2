"""Rounds survive an interruption, but not another commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.cluster.partial import Partial
from delivery.errors import StepError
from tests.unit.benchmarks.rollback.seen import made

if TYPE_CHECKING:
    from pathlib import Path


def test_rounds_and_setting_are_there_again(tmp_path: Path) -> None:
    first = Partial(tmp_path / "rounds.json", "abc")
    first.describe({"steps": [10, 100]})
    first.add(made("abort", 1, seconds=0.4))
    again = Partial(tmp_path / "rounds.json", "abc")
    assert again.rows == [made("abort", 1, seconds=0.4)]
    assert (again.setting, again.commit) == ({"steps": [10, 100]}, "abc")


def test_only_what_is_missing_is_measured(tmp_path: Path) -> None:
    partial = Partial(tmp_path / "rounds.json", "abc")
    partial.add(made("abort", 2))
    partial.add(made("edit", 1))
    assert partial.missing("abort", 3) == [1, 3]
    assert partial.missing("edit", 1) == []


def test_figures_of_another_commit_are_dropped(tmp_path: Path) -> None:
    Partial(tmp_path / "rounds.json", "abc").add(made("abort"))
    assert Partial(tmp_path / "rounds.json", "def").rows == []


def test_a_fresh_start_forgets(tmp_path: Path) -> None:
    partial = Partial(tmp_path / "rounds.json", "abc")
    partial.add(made("abort"))
    partial.forget()
    assert partial.rows == Partial(tmp_path / "rounds.json", "abc").rows == []


def test_a_broken_round_is_not_measured_again(tmp_path: Path) -> None:
    partial = Partial(tmp_path / "rounds.json", "abc")
    partial.add(made("abort", 1, broken="late"))
    assert partial.missing("abort", 1) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"commit": "abc"}'], ids=["no json", "no object", "half"])
def test_a_foreign_file_is_named_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "rounds.json").write_text(text)
    with pytest.raises(StepError, match=r"rounds.json: cannot be read: .*--fresh"):
        Partial(tmp_path / "rounds.json", "abc")
