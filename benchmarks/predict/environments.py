"""The peers' virtual environments: made once from their pinned packages, made again when these change."""

from __future__ import annotations

import hashlib
import shutil
import sys
from typing import TYPE_CHECKING

from delivery import children
from delivery.children import ROOT
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEERS = ROOT / "benchmarks" / "predict" / "peers"
BUILD = ROOT / "build" / "peers"
_UV = (sys.executable, "-m", "uv")


class AbsentError(StepError):
    """A peer whose packages cannot be installed here; the message ends with the installer's last words."""


def ensure(peer: str, say: Callable[[str], None]) -> Path:
    """The `bin` folder of the peer's environment. Raises AbsentError when it cannot be made."""
    wanted = PEERS / peer / "requirements.txt"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    folder = BUILD / peer
    stamp = folder / "made-of"
    if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
        say(f"{peer}: installing its packages")
        _make(peer, folder, wanted, say)
        stamp.write_text(digest, encoding="ascii")
    return folder / "bin"


def _make(peer: str, folder: Path, wanted: Path, say: Callable[[str], None]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for words in (
        ("venv", "--python", sys.executable, folder),
        ("pip", "install", "--python", folder / "bin" / "python", "--requirement", wanted),
    ):
        answer = children.attempt(f"predict {peer}", ["nice", *_UV, *words], say)
        if answer.code != 0:
            raise AbsentError(f"{peer}: its packages cannot be installed: {_last(answer.output)}")


def _last(output: str) -> str:
    return " ".join(output.split())[-300:] or "the installer said nothing"
