from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.model import JournalEntry, Phase

if TYPE_CHECKING:
    from .worlds import World


def entry(sequence: int) -> JournalEntry:
    return JournalEntry(
        sequence,
        1000.0 + sequence,
        0,
        10,
        Phase.PROGRESSING,
        "abc",
        "errors/edge",
        "1 of 2",
        "because",
        "ann",
    )


def test_a_new_journal_is_empty(world: World) -> None:
    assert world.journal.read(world.release()) == []


def test_entries_are_read_in_their_order(world: World) -> None:
    release = world.release()
    world.journal.append(release, [entry(1), entry(2)])
    world.journal.append(release, [entry(3)])
    assert world.journal.read(release) == [entry(1), entry(2), entry(3)]


def test_an_entry_that_is_there_already_is_not_added_again(world: World) -> None:
    release = world.release()
    world.journal.append(release, [entry(1), entry(2)])
    world.journal.append(release, [entry(1), entry(2), entry(3)])
    assert [each.sequence for each in world.journal.read(release)] == [1, 2, 3]
