"""The rounds measured so far, kept on disk: an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from delivery.errors import StepError

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]


class Partial:
    """Rounds of one commit; those of another commit are not its figures and are dropped."""

    def __init__(self, path: Path, commit: str) -> None:
        """Read what is there. Raises StepError when the file was not written by this class."""
        self._path = path
        self._stored: dict[str, Any] = {"commit": commit, "setting": {}, "rows": []}
        if (found := _read(self._path)).get("commit") == commit:
            self._stored = found

    @staticmethod
    def kept(path: Path) -> list[Row]:
        """The rounds in a file, of whatever commit; none when there is no file."""
        return list(_read(path).get("rows", []))

    @property
    def commit(self) -> str:
        """What was measured."""
        return str(self._stored["commit"])

    @property
    def rows(self) -> list[Row]:
        """Every round so far, in the order in which they were made."""
        return list(self._stored["rows"])

    @property
    def setting(self) -> dict[str, Any]:
        """What the rounds were measured with."""
        return dict(self._stored["setting"])

    def missing(self, name: str, rounds: int) -> list[int]:
        """The numbers of the rounds of a row that are still to be made; they count from 1."""
        made = {row["round"] for row in self._stored["rows"] if row["row"] == name}
        return [number for number in range(1, rounds + 1) if number not in made]

    def describe(self, setting: dict[str, Any]) -> None:
        """Note what the rounds are measured with."""
        self._stored["setting"] = setting
        self._write()

    def add(self, row: Row) -> None:
        """Keep one finished round."""
        self._stored["rows"].append(row)
        self._write()

    def forget(self) -> None:
        """Start over."""
        self._stored |= {"setting": {}, "rows": []}
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half = self._path.with_suffix(".half")
        half.write_text(json.dumps(self._stored, indent=2) + "\n", encoding="utf-8")
        half.replace(self._path)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {key: found[key] for key in ("commit", "setting", "rows")}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StepError(f"{path.name}: cannot be read: {error}: delete it or pass --fresh") from error
