from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canary.core.model import Acknowledgement, Command, JournalEntry, Phase, Verb
from canary.ports import ConflictError, NotFoundError

if TYPE_CHECKING:
    from .worlds import World

PLAIN = Command(name="", verb=Verb.PAUSE, actor="")
ENTRY = JournalEntry(
    1, 1000.5, 0, 10, Phase.PROGRESSING, "0123456789", "errors/edge", "1 of 2", "because", "ann"
)


def test_the_namespace_that_is_meant_is_the_contexts_own(world: World) -> None:
    assert world.desk.namespace == world.release().namespace


def test_the_releases_of_a_namespace_are_those_of_no_other(world: World) -> None:
    release = world.release()
    assert [each.key for each in world.desk.releases(release.namespace)] == [release.key]
    assert world.desk.releases("nobody-lives-here") == []


def test_the_releases_of_all_namespaces_come_by_namespace_and_name(world: World) -> None:
    release = world.release()
    places = [(each.namespace, each.name) for each in world.desk.releases(None)]
    assert (release.namespace, release.name) in places
    assert places == sorted(places)


def test_a_release_is_read_as_the_controller_reads_it(world: World) -> None:
    release = world.release()
    world.releases.save(release, replace(release.status, weight=10))
    assert world.desk.release(release.namespace, release.name) == world.releases.get(release.key)


def test_a_release_that_does_not_exist_is_said_to_be_missing(world: World) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        world.desk.release(world.release().namespace, "nobody")


def test_the_journal_is_read_as_the_controller_wrote_it(world: World) -> None:
    release = world.release()
    assert world.desk.journal(release) == []
    world.journal.append(release, [ENTRY, replace(ENTRY, sequence=2)])
    assert world.desk.journal(release) == [ENTRY, replace(ENTRY, sequence=2)]


@pytest.mark.parametrize(
    "wish",
    [
        PLAIN,
        Command("", Verb.PROMOTE, "", full=True, expected_revision="0123456789", expected_step=0),
        Command("", Verb.ROLLBACK, "", to_revision="0123456789", now=True, expected_step=2),
    ],
    ids=["nothing but a verb", "promote", "rollback"],
)
def test_an_order_reaches_the_controller_as_it_was_given(world: World, wish: Command) -> None:
    release = world.release()
    name = world.desk.order(release, wish)
    order = world.commands.next(release)
    assert order is not None
    assert replace(order, actor="", uid="") == replace(wish, name=name)


def test_nobody_orders_in_another_name(world: World) -> None:
    release = world.release()
    actors = []
    for claimed in ("", "somebody-else"):
        name = world.desk.order(release, replace(PLAIN, actor=claimed))
        order = world.commands.next(release)
        assert order is not None
        actors.append(order.actor)
        world.commands.acknowledge(release, Acknowledgement(name, accepted=True, message="paused"))
    assert actors[0] == actors[1] != ""


def test_the_same_wish_twice_is_two_orders(world: World) -> None:
    release = world.release()
    assert world.desk.order(release, PLAIN) != world.desk.order(release, PLAIN)


def test_an_order_with_a_name_of_its_own_is_given_once_however_often_it_is_sent(world: World) -> None:
    release = world.release()
    named = replace(PLAIN, name="web-pause-7f3a")
    assert world.desk.order(release, named) == "web-pause-7f3a"
    with pytest.raises(ConflictError, match="web-pause-7f3a"):
        world.desk.order(release, named)
    order = world.commands.next(release)
    assert order is not None
    world.commands.acknowledge(release, Acknowledgement(order.name, accepted=True, message="paused"))
    assert world.commands.next(release) is None


@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "refused"])
def test_an_order_has_no_answer_until_the_controller_gives_one(world: World, accepted: bool) -> None:  # noqa: FBT001
    release = world.release()
    name = world.desk.order(release, PLAIN)
    assert world.desk.answer(release, name) is None
    said = Acknowledgement(name, accepted=accepted, message="so it is")
    world.commands.acknowledge(release, said)
    assert world.desk.answer(release, name) == said


def test_an_order_that_does_not_exist_is_said_to_be_missing(world: World) -> None:
    release = world.release()
    with pytest.raises(NotFoundError, match="never-given"):
        world.desk.answer(release, "never-given")
