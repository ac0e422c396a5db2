"""Results on disk, so that a long run can be stopped and taken up again, or asked what it has so far.

A result is kept under a name made of the code that produced it and of what was played: a change of either
means playing again, a change of our engine leaves the rivals alone. More repetitions add to those there are.
"""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.decisions.play import End
from benchmarks.decisions.rivals import RIVALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.decisions.validity import Case
    from benchmarks.decisions.world import Cell

_HERE = Path(__file__).parent
_CORE = _HERE.parent.parent / "canary" / "core"
_SHARED = ("world.py", "traffic.py", "forecasts.py", "play.py")
_OURS = ("ours.py", "validity.py")


class Kept:
    """The folder of what was played."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rivals = _digest(*_HERE.glob("rivals/*.py"))
        self._ours = _digest(*(_HERE / name for name in _OURS), *_CORE.rglob("*.py"))
        folder.mkdir(parents=True, exist_ok=True)

    def ends(self, cell: Cell, who: str) -> dict[int, End]:
        """How the repetitions that were played so far ended, by their number."""
        path = self._path(who, cell)
        found: dict[int, End] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            with suppress(ValueError):  # a run was killed while it wrote this line: it is played again
                block = json.loads(line)
                found |= {number: End(*end) for number, end in zip(*block, strict=True)}
        return found

    def add(self, cell: Cell, who: str, numbers: Sequence[int], ends: Sequence[End]) -> None:
        """Keep how these repetitions ended."""
        with self._path(who, cell).open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps([list(numbers), ends]))

    def row(self, case: Case, repetitions: int) -> dict[str, Any] | None:
        """The row of a boundary case; None when it has to be played."""
        path = self._path("", case, repetitions)
        if not path.exists():
            return None
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return row

    def keep(self, case: Case, repetitions: int, row: dict[str, Any]) -> None:
        """Keep a row; a run that is killed meanwhile leaves no half of it behind."""
        path = self._path("", case, repetitions)
        half = path.with_suffix(".half")
        half.write_text(json.dumps(row), encoding="utf-8")
        half.replace(path)

    def _path(self, who: str, *played: object) -> Path:
        code = self._rivals if who in RIVALS else self._ours
        return self._folder / f"{sha256(repr((code, who, *played)).encode()).hexdigest()[:24]}.json"


def _digest(*files: Path) -> str:
    """A digest of the code that a result depends on: these files, and those that all results share."""
    digest = sha256()
    for file in sorted((*files, *(_HERE / name for name in _SHARED))):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
