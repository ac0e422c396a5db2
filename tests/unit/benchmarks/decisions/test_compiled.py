"""The engine as C gives what the engine gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
ASKED = ("--repetitions", "3", "--cells", "incident*/1*", "--jobs", "1")
PLAIN = "import sys; from benchmarks.decisions.command import main; sys.exit(main())"
WHERE = """
import sys
from pathlib import Path
from benchmarks.decisions import compiled
compiled._BUILDS, compiled._MODULES = Path(sys.argv[1]), sys.argv[2:] or compiled._MODULES
compiled.load()
from canary.core import margin
print(margin.__file__)
"""


def python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    options = {**os.environ, **variables}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=options, capture_output=True, text=True, check=True
    )


def test_the_compiled_engine_gives_the_same_report_to_the_last_bit(tmp_path: Path) -> None:
    python("-m", "benchmarks.decisions", *ASKED, "--out", str(tmp_path / "compiled"))
    python("-c", PLAIN, *ASKED, "--out", str(tmp_path / "plain"))
    compiled, plain = (
        json.loads((tmp_path / name / "decisions.json").read_text(encoding="utf-8"))["rows"]
        for name in ("compiled", "plain")
    )
    assert len(plain) > 100
    assert compiled == plain


def test_what_the_benchmark_imports_is_compiled_once(tmp_path: Path) -> None:
    first, again = (python("-c", WHERE, str(tmp_path), "margin") for _ in range(2))
    assert Path(first.stdout.strip()).suffix == ".so"
    assert first.stdout == again.stdout
    assert (first.stderr, again.stderr) == ("compiles the engine; done once\n", "")


def test_without_a_compiler_the_engine_is_played_as_it_is(tmp_path: Path) -> None:
    done = python("-c", WHERE, str(tmp_path), CC="/nowhere/cc")
    assert done.stdout.strip() == str(ROOT / "canary" / "core" / "margin.py")
    assert "plays the engine as it is, which takes twice as long: it does not compile" in done.stderr
    assert "/nowhere/cc" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_compiles_and_does_not_import_is_played_as_it_is(tmp_path: Path) -> None:
    """mypyc looks up while the module is imported what the interpreter leaves to type checkers."""
    done = python("-c", WHERE, str(tmp_path), "evidence")
    assert done.stdout.strip() == str(ROOT / "canary" / "core" / "margin.py")
    assert "it does not compile: KeyError: 'Mapping'" in done.stderr
