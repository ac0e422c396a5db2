"""The innermost modules of the engine as C extensions: the same source, the same results, half the time.

mypyc, which comes with mypy, translates typed Python to C. Floating point numbers stay doubles and every
operation stays one operation, so results are the same to the last bit; a test compares whole reports.
Without a C compiler the benchmark plays the engine as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import mypy.version

import canary.core

_MODULES = ("margin", "comparison", "drift")
_ROOT = Path(__file__).parents[2]
_BUILDS = _ROOT / "build" / "compiled"
_PROGRAM = """\
import sys
from importlib import import_module

import canary.core
from mypyc.build import mypycify
from setuptools import setup

folder, *sources = sys.argv[1:]
extensions = mypycify(["--cache-dir", f"{folder}/cache", *sources], target_dir=f"{folder}/c")
build = ["--quiet", "build_ext", "--build-lib", folder, "--build-temp", f"{folder}/o"]
setup(name="engine", packages=[], ext_modules=extensions, script_args=build)

sys.path.append(folder)
canary.core.__path__.insert(0, f"{folder}/canary/core")
for source in sources:
    import_module(source.removesuffix(".py").replace("/", "."))
"""


def load() -> bool:
    """Make imports of these modules find the extensions; tell whether there are any.

    To be called before anything imports the engine. They are built when their source is new.
    """
    sources = [f"canary/core/{module}.py" for module in _MODULES]
    folder = _BUILDS / _name(sources)
    if not folder.exists() and (problem := _build(folder, sources)):
        _tell(f"plays the engine as it is, which takes twice as long: it does not compile: {problem}")
        return False
    sys.path.append(str(folder))  # where the extensions find what they share
    canary.core.__path__.insert(0, str(folder / "canary" / "core"))
    return True


def _name(sources: list[str]) -> str:
    """A build for each source, interpreter and compiler of Python."""
    told = sha256(f"{sys.version}{sys.implementation.cache_tag}{mypy.version.__version__}".encode())
    for source in sources:
        told.update((_ROOT / source).read_bytes())
    return told.hexdigest()[:16]


def _build(folder: Path, sources: list[str]) -> str:
    """Compile into `folder` and try the result; returns the last words of what failed, or nothing."""
    _tell("compiles the engine; done once")
    half = folder.with_name(f"{folder.name}.{os.getpid()}")
    half.mkdir(parents=True)
    options = {**os.environ, "CFLAGS": "-ffp-contract=off"}  # no operation is merged with another
    asked = [sys.executable, "-c", _PROGRAM, str(half), *sources]
    done = subprocess.run(asked, cwd=_ROOT, env=options, capture_output=True, text=True, check=False)
    if done.returncode:
        rmtree(half)
        return (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()[-1]
    with suppress(OSError):  # somebody else was faster
        half.replace(folder)
    return ""


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
