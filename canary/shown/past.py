"""How a release came where it is: the lines of its journal, and the one that decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core.journal import ORDER
from canary.core.model import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.core.model import JournalEntry
    from canary.ports import Release


@dataclass(frozen=True, slots=True)
class Story:
    """A release and all that is kept about how it came there, oldest first."""

    release: Release
    entries: tuple[JournalEntry, ...]

    @property
    def decision(self) -> JournalEntry | None:
        """The line that decided; that everybody is on stable again only confirms it."""
        deciding = (entry for entry in reversed(self.entries) if not _confirms(entry))
        return next(deciding, None)

    @property
    def latest(self) -> tuple[JournalEntry, ...]:
        """The lines of the last release: the last ones about one revision."""
        start = len(self.entries)
        while start and self.entries[start - 1].revision == self.entries[-1].revision:
            start -= 1
        return self.entries[start:]


def story(release: Release, kept: Iterable[JournalEntry]) -> Story:
    """Join the kept journal with the lines in the status, which come first when both are fresh."""
    lines = {entry.sequence: entry for entry in (*kept, *release.status.journal)}
    return Story(release, tuple(lines[number] for number in sorted(lines)))


def _confirms(entry: JournalEntry) -> bool:
    return entry.phase is Phase.ROLLED_BACK and entry.rule != ORDER
