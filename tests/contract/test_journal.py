from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canary.core.model import (
    Block,
    Counts,
    ErrorRule,
    JournalEntry,
    Look,
    Phase,
    Rules,
    Step,
    Verdict,
    View,
)
from canary.core.records import Header, Kept, Looked, Row

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


# --- records ---------------------------------------------------------------------------------------


def header(**fields: Any) -> Header:
    rules = Rules(ErrorRule(0.01, 0.0), None, confidence=0.99, risk=0.005)
    return replace(
        Header("contract", "web", "abc", "old", 990.0, rules, (Step(10), Step(100)), (View.EDGE,)), **fields
    )


def looked(time: float, after: float = 0.0) -> Looked:
    tick = Block(time - 5, time, Counts(10, 1), Counts(90))
    seen = Look(time, "abc", 10, 100, confirmed=True, edges={View.EDGE: (0.1,)}, blocks={View.EDGE: (tick,)})
    return Looked(990.0, after, seen, (Row("errors", View.EDGE, Verdict.HOLD, 0.1 + 0.2, -1 / 3, 412),))


def test_nothing_is_kept_of_a_release_that_never_ran(world: World) -> None:
    assert world.journal.kept(world.release()) == Kept()


def test_records_are_read_in_their_order_and_to_the_last_bit(world: World) -> None:
    release = world.release()
    world.journal.keep(release, [header(), looked(1000.1)])
    world.journal.keep(release, [header(), looked(1000.1 + 5, 1000.1)])
    assert world.journal.kept(release).records == (header(), looked(1000.1), looked(1000.1 + 5, 1000.1))


def test_a_record_that_is_there_already_is_not_added_again(world: World) -> None:
    release = world.release()
    world.journal.keep(release, [header(), looked(1000.0)])
    world.journal.keep(release, [header(checkpoint={"time": 1000.0}), looked(1000.0)])
    assert world.journal.kept(release).records == (header(), looked(1000.0))


def test_what_a_release_is_held_against_is_kept_again_when_it_changes(world: World) -> None:
    release, steps = world.release(), (Step(10), Step(50), Step(100))
    world.journal.keep(release, [header(), looked(1000.0)])
    world.journal.keep(release, [header(steps=steps), looked(1005.0, 1000.0)])
    assert world.journal.kept(release).records == (
        header(),
        looked(1000.0),
        header(steps=steps),
        looked(1005.0, 1000.0),
    )


def test_lines_and_records_do_not_get_in_each_others_way(world: World) -> None:
    release = world.release()
    world.journal.append(release, [entry(1)])
    world.journal.keep(release, [header(), looked(1000.0)])
    world.journal.append(release, [entry(1), entry(2)])
    world.journal.keep(release, [header(), looked(1005.0, 1000.0)])
    assert world.journal.read(release) == [entry(1), entry(2)]
    assert world.journal.kept(release).records == (header(), looked(1000.0), looked(1005.0, 1000.0))


def test_the_desk_reads_the_records_that_the_controller_kept(world: World) -> None:
    release = world.release()
    world.journal.keep(release, [header(), looked(1000.0)])
    assert world.desk.kept(release) == world.journal.kept(release)
