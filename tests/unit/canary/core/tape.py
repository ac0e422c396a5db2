"""A world whose looks are recorded as the controller records them, and that can die in between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from canary.core.decide import decide
from canary.core.records import Header, Kept, Looked, fresh, read, recorded
from canary.core.replay import Replay, replay, runs

from .build import SETTLE
from .world import World, serving

if TYPE_CHECKING:
    from canary.core.model import Decision, JournalEntry


@dataclass
class Tape:
    """The lines that are kept, and every line of the journal."""

    world: World
    lines: list[str] = field(default_factory=list)
    journal: dict[int, JournalEntry] = field(default_factory=dict)
    _header: Header | None = None

    def loop(self) -> Decision:
        """Loop once as the controller does, which records the look before it saves anything."""
        spec, before = self.world.spec, self.world.status
        decision = World.loop(self.world)
        lines, self._header = fresh(recorded(spec, before, decision), self._header, self.lines)
        self.lines += lines
        self.journal |= {entry.sequence: entry for entry in decision.status.journal}
        return decision

    def die(self) -> Decision:
        """Look, record the look, and die before the status is saved."""
        spec, before = self.world.spec, self.world.status
        decision = decide(spec, before, self.world._observe(before), self.world.now, SETTLE)
        lines, self._header = fresh(recorded(spec, before, decision), self._header, self.lines)
        self.lines += lines
        return decision

    @property
    def kept(self) -> Kept:
        found = read(self.lines)
        assert found.problems == ()
        return replace(found, journal=tuple(self.journal.values()))

    @property
    def looks(self) -> list[Looked]:
        return [each for each in self.kept.records if isinstance(each, Looked)]

    def replay(self) -> Replay:
        """Judge the last release again."""
        return replay(runs(self.kept)[-1])


def taped(**fields: float | dict[str, float]) -> tuple[Tape, str]:
    """A world whose first revision serves its users, with the tape running."""
    world, old = serving(**fields)
    tape = Tape(world)
    world.loop = tape.loop  # type: ignore[method-assign]
    return tape, old
