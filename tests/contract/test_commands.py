from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.model import Acknowledgement, Verb

if TYPE_CHECKING:
    from .worlds import World


def test_without_orders_there_is_nothing_to_do(world: World) -> None:
    assert world.commands.next(world.release()) is None


def test_the_oldest_order_comes_first_and_stays_until_it_is_answered(world: World) -> None:
    release = world.release()
    first, second = world.order(release, Verb.PAUSE), world.order(release, Verb.RESUME)
    for _ in range(2):
        order = world.commands.next(release)
        assert order is not None
        assert (order.name, order.verb) == (first, Verb.PAUSE)
    world.commands.acknowledge(release, Acknowledgement(first, accepted=True, message="paused"))
    following = world.commands.next(release)
    assert following is not None
    assert (following.name, following.verb) == (second, Verb.RESUME)


def test_an_answered_order_is_never_given_again(world: World) -> None:
    release = world.release()
    name = world.order(release, Verb.ABORT)
    world.commands.acknowledge(release, Acknowledgement(name, accepted=False, message="nothing runs"))
    assert world.commands.next(release) is None


def test_an_answer_to_an_order_that_is_gone_harms_nobody(world: World) -> None:
    release = world.release()
    world.commands.acknowledge(release, Acknowledgement("gone", accepted=True, message="done"))
    assert world.commands.next(release) is None


def test_every_order_has_an_identity_of_its_own(world: World) -> None:
    release = world.release()
    found = []
    for _ in range(2):
        name = world.order(release, Verb.PAUSE)
        order = world.commands.next(release)
        assert order is not None
        found.append(order.uid)
        world.commands.acknowledge(release, Acknowledgement(name, accepted=True, message="paused"))
    assert all(found)
    assert len(set(found)) == 2


def test_an_order_names_who_gave_it(world: World) -> None:
    release = world.release()
    world.order(release, Verb.PROMOTE)
    order = world.commands.next(release)
    assert order is not None
    assert order.actor
