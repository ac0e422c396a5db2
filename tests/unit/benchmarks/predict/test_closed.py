"""What wrk is told to ask, and what its last word comes to."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from benchmarks.predict import closed
from benchmarks.predict.closed import Closed
from delivery.errors import StepError

if TYPE_CHECKING:
    from pathlib import Path

SAID = 'wrk {"requests": 3000, "microseconds": 2000000, "bad": 0, "broken": 0, "p50": 4200.0, "p99": 9100.5}'


def test_figures_are_answers_a_second_and_milliseconds() -> None:
    assert closed.figures(f"Running 2s test\n{SAID}\n") == Closed(1500.0, 4.2, 9.101)


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (SAID.replace('"bad": 0', '"bad": 7'), "of 3000 requests 7 got an error and 0 no answer"),
        (SAID.replace('"broken": 0', '"broken": 2'), "0 got an error and 2 no answer"),
        (SAID.replace("3000", "0"), "of 0 requests"),
        ("unable to connect", "ended without figures: unable to connect"),
    ],
    ids=["errors", "unanswered", "nothing", "no-figures"],
)
def test_a_load_with_failures_is_no_figure(output: str, why: str) -> None:
    with pytest.raises(StepError, match=why):
        closed.figures(output)


def test_requests_are_strings_of_lua() -> None:
    told = closed.script([b'POST / HTTP/1.1\r\nHost: x\r\n\r\n{"a": "\\u00e9"}', b"GET / HTTP/1.1\r\n\r\n"])
    assert '"POST / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n{\\"a\\": \\"\\\\u00e9\\"}",\n"GET /' in told


def test_wrk_understands_its_script(tmp_path: Path) -> None:
    closed.ensure()
    lua = tmp_path / "asked.lua"
    lua.write_text(closed.script([b"GET / HTTP/1.1\r\n\r\n"]))
    done = subprocess.run(closed.command(1, lua, 1), capture_output=True, text=True, timeout=20, check=False)
    assert "unable to connect" in done.stdout + done.stderr
    assert "asked.lua" not in done.stderr
