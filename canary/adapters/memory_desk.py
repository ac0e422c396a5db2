"""The operator's side in memory, on the same stores that the controller's ports in memory use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canary.adapters.memory import MemoryCommands, MemoryJournal, MemoryReleases
    from canary.core.model import Acknowledgement, Command, JournalEntry
    from canary.core.records import Kept
    from canary.ports import Release


@dataclass
class MemoryDesk:
    """One operator, `actor`, whose context names `namespace`."""

    stored: MemoryReleases
    placed: MemoryCommands
    book: MemoryJournal
    namespace: str
    actor: str

    def releases(self, namespace: str | None) -> list[Release]:
        found = [each for each in self.stored.all() if namespace in (None, each.namespace)]
        return sorted(found, key=lambda release: (release.namespace, release.name))

    def release(self, namespace: str, name: str) -> Release:
        return self.stored.get(f"{namespace}/{name}")

    def journal(self, release: Release) -> list[JournalEntry]:
        return self.book.read(release)

    def kept(self, release: Release) -> Kept:
        return self.book.kept(release)

    def order(self, release: Release, command: Command) -> str:
        return self.placed.take(release, replace(command, actor=self.actor))

    def answer(self, release: Release, name: str) -> Acknowledgement | None:
        return self.placed.answer(release, name)
