"""The durable record of weight changes: JSON lines in ConfigMaps that belong to the release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from canary.adapters import objects
from canary.adapters.kinds import CONFIGMAP
from canary.adapters.selectors import RELEASE_LABEL
from canary.core.codec import entry_from_json, entry_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.adapters.cached import Api
    from canary.core.model import JournalEntry
    from canary.ports import Release

Object = dict[str, Any]

KIND_LABEL = "canary.serin.dev/journal"
ENTRIES = "entries"
# A ConfigMap may hold 1 MiB; the rest is room for its metadata.
FULL_BYTES = 900 * 1024
KEPT = 5


class KubeJournal:
    """ConfigMaps NAME-journal-0, -1, ...: the newest grows until it is full, the oldest go."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._written: dict[str, int] = {}

    def append(self, release: Release, entries: Iterable[JournalEntry]) -> None:
        """Add the entries that are not there yet, by sequence.

        Reads only when something may be new: what this process has written it remembers.
        """
        known = self._written.get(release.uid, -1)
        fresh = [entry for entry in entries if entry.sequence > known]
        if not fresh:
            return
        maps = self._maps(release)
        last = max((entry.sequence for entry in _entries(maps[-1:])), default=-1)
        lines = [json.dumps(entry_to_json(entry)) for entry in fresh if entry.sequence > last]
        if lines:
            self._write(release, maps, lines)
        self._written[release.uid] = max(entry.sequence for entry in fresh)

    def read(self, release: Release) -> list[JournalEntry]:
        """All entries that are kept, oldest first."""
        return _entries(self._maps(release))

    def _write(self, release: Release, maps: list[Object], lines: list[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        newest = maps[-1] if maps else None
        old = _text(newest) if newest else ""
        number = _number(newest) if newest else 0
        if len(old.encode()) + len(text.encode()) > FULL_BYTES:
            number, old, newest = number + 1, "", None
        meta = objects.metadata(release, f"{release.name}-journal-{number}", {KIND_LABEL: release.name})
        if newest:
            meta["resourceVersion"] = newest["metadata"]["resourceVersion"]
        self._api.apply(CONFIGMAP, {"metadata": meta, "data": {ENTRIES: old + text}})
        for surplus in maps[: max(0, number + 1 - _number(maps[0]) - KEPT)] if maps else ():
            gone = surplus["metadata"]
            self._api.delete(CONFIGMAP, gone["namespace"], gone["name"], gone["uid"])

    def _maps(self, release: Release) -> list[Object]:
        found = self._api.list(CONFIGMAP, release.namespace, f"{KIND_LABEL},{RELEASE_LABEL}={release.name}")
        return sorted((each for each in found if objects.owned(release, each)), key=_number)


def _entries(maps: Iterable[Object]) -> list[JournalEntry]:
    lines = (line for each in maps for line in _text(each).splitlines())
    return [entry_from_json(json.loads(line)) for line in lines]


def _text(found: Object) -> str:
    return str((found.get("data") or {}).get(ENTRIES, ""))


def _number(found: Object) -> int:
    return int(found["metadata"]["name"].rpartition("-")[2])
