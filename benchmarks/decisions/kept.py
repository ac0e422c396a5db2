"""Results on disk, so that a long run can be stopped and taken up again.

A result is kept under a name made of the code that produced it, of what was played and of the number of
repetitions: a change of any of them means playing again, a change of our engine leaves the rivals alone.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.decisions.rivals import RIVALS

if TYPE_CHECKING:
    from benchmarks.decisions.validity import Case
    from benchmarks.decisions.world import Cell

_HERE = Path(__file__).parent
_CORE = _HERE.parent.parent / "canary" / "core"
_SHARED = ("world.py", "forecasts.py", "play.py", "outcomes.py")
_OURS = ("ours.py", "validity.py")


class Kept:
    """The folder of what is finished."""

    def __init__(self, folder: Path, repetitions: int) -> None:
        self._folder = folder
        self._repetitions = repetitions
        self._rivals = _digest(*_HERE.glob("rivals/*.py"))
        self._ours = _digest(*(_HERE / name for name in _OURS), *_CORE.glob("*.py"))
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, played: Cell | Case, who: str) -> dict[str, Any] | None:
        """The row of something finished; None when it has to be played."""
        path = self._path(played, who)
        if not path.exists():
            return None
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return row

    def write(self, played: Cell | Case, who: str, row: dict[str, Any]) -> None:
        """Keep a row; a run that is killed meanwhile leaves no half of it behind."""
        path = self._path(played, who)
        half = path.with_suffix(".half")
        half.write_text(json.dumps(row), encoding="utf-8")
        half.replace(path)

    def _path(self, played: Cell | Case, who: str) -> Path:
        code = self._rivals if who in RIVALS else self._ours
        told = repr((code, played, who, self._repetitions))
        return self._folder / f"{sha256(told.encode()).hexdigest()[:24]}.json"


def _digest(*files: Path) -> str:
    """A digest of the code that a result depends on: these files, and those that all results share."""
    digest = sha256()
    for file in sorted((*files, *(_HERE / name for name in _SHARED))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
