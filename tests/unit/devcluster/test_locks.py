from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from devcluster import locks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_second_waits_for_the_first_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def second() -> None:
        with locks.held(tmp_path, "waiting for another build"):
            seen.append("second")

    with locks.held(tmp_path, ""):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        seen.append("first")
    other.join(10)
    assert seen == ["first", "second"]
    assert "waiting for another build" in capsys.readouterr().err


def test_a_lock_that_nobody_holds_is_taken_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with locks.held(tmp_path / "new", "waiting"):
        pass
    assert capsys.readouterr().err == ""
    assert list((tmp_path / "new").iterdir()) == []
