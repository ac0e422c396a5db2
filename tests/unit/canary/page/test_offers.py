"""What is offered is what the controller accepts: the same states as for the orders of the command line."""

from __future__ import annotations

import pytest

from canary.core.model import Verb
from canary.page.offers import ALL, offered, offers
from canary.ports import Release
from tests.unit.canary.core.test_orders import STATES, answer, give


@pytest.mark.parametrize("name", STATES)
def test_what_is_offered_is_accepted_and_what_is_accepted_is_offered(name: str) -> None:
    status = STATES[name]
    found = {offer.verb for offer in offers(Release("production", "forecast", "u", "1", None, status))}
    accepted = {verb for verb in Verb if answer(give(status, verb))[0]}
    # In mid-release a rollback is an abort; an abort that is under way and a pause are accepted again.
    assert found <= accepted, name
    assert accepted - found <= {Verb.ROLLBACK, Verb.ABORT, Verb.PAUSE}, name


def test_every_verb_has_its_words() -> None:
    assert {offer.verb for offer in ALL} == set(Verb)
    assert offered(Verb.ABORT, full=True) is None


def test_what_takes_users_somewhere_at_once_is_asked_about_first() -> None:
    asked = {(offer.verb, offer.full) for offer in ALL if offer.asked_first}
    assert asked == {(Verb.PROMOTE, True), (Verb.ABORT, False), (Verb.ROLLBACK, False)}
