"""The API server's own record of who wrote what, as devcluster's API server keeps it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from canary.core.times import epoch
from delivery.errors import StepError
from devcluster.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What of a release a late write could hurt; events, for example, hurt nobody.
OBJECTS = frozenset(("canaryreleases", "ingresses", "httproutes", "services", "deployments", "configmaps"))


@dataclass(frozen=True, slots=True)
class Written:
    """One write: when it was answered, by what name its client went, what it was about, and the HTTP code."""

    time: float
    agent: str
    resource: str
    name: str
    code: int

    @property
    def done(self) -> bool:
        """Whether it changed something."""
        return 200 <= self.code < 300


class Audit:
    """Writes to the objects of releases in one namespace, from the moment that this is made."""

    def __init__(self, namespace: str) -> None:
        self._path = audit_log()
        self._namespace = namespace
        self._inode, self._offset = self._path.stat().st_ino, self._path.stat().st_size

    def writes(self) -> list[Written]:
        """Every write so far, in the order of the answers. Raises StepError when some may be missing."""
        if self._path.stat().st_ino != self._inode:
            raise StepError(f"{self._path}: began anew in the middle of a round: play it again")
        with self._path.open(encoding="utf-8") as log:
            log.seek(self._offset)
            found = list(self._read(line for line in log if line.endswith("\n")))
        return sorted(found, key=lambda each: each.time)

    def _read(self, lines: Iterator[str]) -> Iterator[Written]:
        for line in lines:
            entry = json.loads(line)
            about = entry.get("objectRef") or {}
            if about.get("namespace") != self._namespace or about.get("resource") not in OBJECTS:
                continue
            yield _written(entry, about)


def _written(entry: dict[str, Any], about: dict[str, Any]) -> Written:
    return Written(
        time=epoch(entry["stageTimestamp"]),
        agent=entry.get("userAgent", ""),
        resource=about["resource"],
        name=about.get("name", ""),
        code=int((entry.get("responseStatus") or {}).get("code", 0)),
    )


def audit_log() -> Path:
    """Where the log is. Raises StepError where the API server keeps none that we can read."""
    path = Settings.read(os.environ).logs / "audit.log"
    if not path.exists():
        raise StepError(f"{path}: no audit log: this needs the cluster of `make up`")
    return path
