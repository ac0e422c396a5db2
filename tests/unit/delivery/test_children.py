"""Commands of the demo are never silent, fail with their own words, and leave nothing behind."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from delivery import children
from delivery.errors import StepError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOGS", tmp_path)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_command_gives_its_output_back_and_logs_it(tmp_path: Path) -> None:
    assert children.run("Say it", python("print('hello')"), print) == "hello\n"
    assert (tmp_path / "say-it.log").read_text() == "hello\n"


def test_a_failing_command_stops_the_demo_with_its_last_words() -> None:
    code = "import sys; print('gate: p95 breaks its limit'); sys.exit(3)"
    with pytest.raises(StepError, match=r"(?s)gate: .* exit code 3:.*p95 breaks its limit"):
        children.run("gate", python(code), print)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(StepError, match="no-such-program: cannot be started"):
        children.run("nothing", ["no-such-program"], print)


def test_a_long_command_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "BEAT", 0.3)
    said: list[str] = []
    code = "import time; print('half way', flush=True); time.sleep(1)"
    children.run("long", python(code), said.append)
    assert len(said) >= 2
    assert said[-1].startswith("long: ")
    assert said[-1].endswith("half way")


def test_an_interruption_ends_the_child_and_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(children, "BEAT", 0.5)
    mark = tmp_path / "alive"
    inner = f"import time,pathlib\nwhile True: pathlib.Path({str(mark)!r}).touch(); time.sleep(.05)"
    outer = f"import subprocess,sys; subprocess.run([sys.executable, '-c', {inner!r}])"

    def interrupt(_: str) -> None:
        if mark.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        children.run("interrupted", python(outer), interrupt)
    mark.unlink()
    time.sleep(0.3)
    assert not mark.exists()
