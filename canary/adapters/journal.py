"""The durable record of a release: ConfigMaps that belong to it.

Lines of the journal are text, for anybody with kubectl; records of looks are many more, and packed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.adapters import objects, volumes
from canary.adapters.kinds import CONFIGMAP
from canary.adapters.selectors import RELEASE_LABEL
from canary.adapters.volumes import BrokenError, Volume
from canary.adapters.writes import ABSENT
from canary.core.records import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.adapters.cached import Api
    from canary.core.model import JournalEntry
    from canary.core.records import Header, Kept, Looked
    from canary.ports import Release

Object = dict[str, Any]

KIND_LABEL = "canary.serin.dev/journal"
# A ConfigMap may hold 1 MiB; the rest is room for its metadata.
FULL_BYTES = 900 * 1024
KEPT = 5


class KubeJournal:
    """ConfigMaps NAME-journal-0, -1, ...: the newest grows until it is full, the oldest go.

    While a release runs its newest volume stays in memory, so that each write is one request.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._written: dict[str, int] = {}
        self._newest: dict[str, Volume] = {}

    def append(self, release: Release, entries: Iterable[JournalEntry]) -> None:
        """Add the entries that are not there yet, by sequence.

        Reads only when something may be new: what this process has written it remembers.
        """
        known = self._written.get(release.uid, -1)
        fresh = [entry for entry in entries if entry.sequence > known]
        if not fresh:
            return
        newest = self._volume(release)
        grown = newest.noted(fresh)
        self._write(release, newest, grown if grown.size <= FULL_BYTES else newest.next().noted(fresh))
        self._written[release.uid] = max(entry.sequence for entry in fresh)
        if release.status.checkpoint is None:
            self._newest.pop(release.uid, None)

    def read(self, release: Release) -> list[JournalEntry]:
        """All entries that are kept, oldest first."""
        return [entry for found in self._maps(release) for entry in volumes.entries(found)]

    def keep(self, release: Release, records: Iterable[Header | Looked]) -> None:
        """Add the records that are not there yet; each volume begins with what a release is held against."""
        newest, records = self._volume(release), tuple(records)
        grown = newest.kept(records)
        self._write(release, newest, grown if grown.size <= FULL_BYTES else newest.next().kept(records))

    def kept(self, release: Release) -> Kept:
        """All records that are kept, oldest first, and what cannot be read."""
        return joined(volumes.records(found) for found in self._maps(release))

    def _volume(self, release: Release) -> Volume:
        if release.uid not in self._newest:
            self._newest[release.uid] = self._found(release)
        return self._newest[release.uid]

    def _found(self, release: Release) -> Volume:
        maps = self._maps(release)
        if not maps:
            return Volume(0)
        sequences = (entry.sequence for found in maps for entry in volumes.entries(found))
        last = max(sequences, default=-1)
        try:
            return volumes.opened(maps[-1], last)
        except BrokenError:
            return Volume(volumes.number(maps[-1]) + 1, sequence=last)

    def _write(self, release: Release, before: Volume, after: Volume) -> None:
        """Write at the version that was read; who cannot knows nothing any more and reads again."""
        if after == before:
            return
        del self._newest[release.uid]
        meta = objects.metadata(release, f"{release.name}-journal-{after.number}", {KIND_LABEL: release.name})
        meta["resourceVersion"] = after.version or ABSENT
        stored = self._api.apply(CONFIGMAP, {"metadata": meta} | after.data())
        self._newest[release.uid] = after.stored(str(stored["metadata"]["resourceVersion"]))
        if not after.version:
            self._forget_oldest(release, after.number - KEPT)

    def _forget_oldest(self, release: Release, last: int) -> None:
        for surplus in self._maps(release):
            if volumes.number(surplus) <= last:
                gone = surplus["metadata"]
                self._api.delete(CONFIGMAP, gone["namespace"], gone["name"], gone["uid"])

    def _maps(self, release: Release) -> list[Object]:
        found = self._api.list(CONFIGMAP, release.namespace, f"{KIND_LABEL},{RELEASE_LABEL}={release.name}")
        return sorted((each for each in found if objects.owned(release, each)), key=volumes.number)
