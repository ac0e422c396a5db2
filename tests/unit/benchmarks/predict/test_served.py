"""A real process under measurement: checked before it counts, and gone afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psutil
import pytest

from benchmarks.predict import served
from benchmarks.predict.questions import QUERY, Question
from benchmarks.predict.served import serving
from benchmarks.predict.subjects import Subject
from delivery.errors import StepError

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = {"forecasts": [{"medicine": "Insulin", "units": 4, "low": 1, "high": 8}]}
EXPECTED = {Question("Dubai Mall", "2025-12"): [("Insulin", 4, 1, 8)]}
PROGRAM = """
import http.server, os, subprocess, sys
port, body = int(sys.argv[1]), sys.argv[2].encode()
# A child that made a group of its own, as arbiters of workers do.
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(served, "FOLDER", tmp_path)
    return tmp_path


def subject(program: str, *words: str) -> Subject:
    # Braces are places of the command's words, so a program comes by its file.
    file = served.FOLDER / "program.py"
    file.write_text(program)
    return Subject("stub", "a stub", QUERY, ("python", str(file), "{port}", *words))


def body(answer: object) -> str:
    return json.dumps(answer).replace("{", "{{").replace("}", "}}")


def test_a_server_that_answers_right_is_given_and_ended_with_all_its_children(folder: Path) -> None:
    with serving(subject(PROGRAM, body(RIGHT)), EXPECTED, print) as server:
        assert server.resident_mib() > 5
        assert 0 < server.processor_seconds() < 60
        family = [server.process.pid, int((folder / "stub.log").read_text().split()[0])]
        assert all(psutil.pid_exists(pid) for pid in family)
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in family)


def test_a_wrong_answer_is_not_measured() -> None:
    lie = {"forecasts": [{**RIGHT["forecasts"][0], "units": 5}]}
    with pytest.raises(StepError, match="stub: not the right forecast: Dubai Mall, 2025-12: says"):
        serving(subject(PROGRAM, body(lie)), EXPECTED, print).__enter__()


def test_a_server_that_ends_is_told_with_its_last_words() -> None:
    with pytest.raises(StepError, match="stub: it ended: no model here"):
        serving(subject("import sys; sys.exit('no model here')"), EXPECTED, print).__enter__()


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "PATIENCE", 0.5)
    with pytest.raises(StepError, match="stub: no answer after 0 s"):
        serving(subject("import time; time.sleep(60)"), EXPECTED, print).__enter__()
