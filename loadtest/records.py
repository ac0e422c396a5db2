"""One line a request: what steady traffic writes and a watcher reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Record:
    """A finished request. `start` is epoch seconds, `ms` its duration, `status` 0 when nothing answered.

    `error` is one word, empty for a good answer; `valid` says whether the body was a real forecast.
    """

    start: float
    ms: float
    status: int
    revision: str
    version: str
    error: str
    valid: bool

    @property
    def failed(self) -> bool:
        """What the user would call an error: no answer, a bad status, or a body that is no forecast."""
        return self.status != 200 or not self.valid

    def line(self) -> str:
        """Render the record as one line of JSON, newline included."""
        fields = {
            "t": round(self.start, 4),
            "ms": round(self.ms, 2),
            "status": self.status,
            "rev": self.revision,
            "ver": self.version,
            "error": self.error,
            "valid": self.valid,
        }
        return json.dumps(fields, separators=(",", ":")) + "\n"


def parse(line: str) -> Record:
    """Read one line. Raises ValueError or KeyError when `Record.line` did not write it."""
    f = json.loads(line)
    return Record(f["t"], f["ms"], f["status"], f["rev"], f["ver"], f["error"], f["valid"])


def read(path: Path) -> Iterator[Record]:
    """All records of a log, in the order in which requests ended; a half-written last line is left out."""
    with path.open(encoding="utf-8") as log:
        for line in log:
            if line.endswith("\n"):
                yield parse(line)
