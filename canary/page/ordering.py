"""Ordering: asked about first where it cannot be taken back, given with the rights of one's own user."""

from __future__ import annotations

import logging
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user

from canary.core.model import Command, Verb
from canary.page.forms import Order
from canary.page.offers import offered
from canary.page.views import card
from canary.ports import ConflictError, ForbiddenError, SerinError
from canary.shown.facts import facts
from canary.shown.orders import addressed

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from canary.page.figures import Figures
    from canary.page.offers import Offer
    from canary.page.people import Person
    from canary.page.views import Views
    from canary.ports import Clock, Desk, Release

LOG = logging.getLogger("canary.page")


class MayNotError(Exception):
    """Somebody is not allowed to order; `who`, `what` and the API server's own `words`."""

    def __init__(self, who: str, what: str, words: str, remedy: str) -> None:
        super().__init__(f"{who} may not {what}")
        self.words, self.remedy = words, remedy


class Ordering:
    """The two routes that lead to a ReleaseCommand; `acting_as` gives the desk of a user of the cluster."""

    def __init__(
        self, views: Views, acting_as: Callable[[str], Desk], clock: Clock, figures: Figures
    ) -> None:
        self._views, self._acting_as, self._clock, self._figures = views, acting_as, clock, figures

    def ask(self, namespace: str, name: str, verb: str) -> str:
        """Show what an order means, and how the release stands, before it is given."""
        offer = _offer(verb, full=request.args.get("full") == "yes")
        person, release, now = _operator(offer), self._views.find(namespace, name), self._clock.now()
        form = Order.about(addressed(release, offer.verb, full=offer.full))
        return render_template(
            "ask.html",
            offer=offer,
            form=form,
            person=person,
            card=card(release, now),
            facts=list(facts(release, now)),
        )

    def order(self, namespace: str, name: str, verb: str) -> Response:
        """Give an order once, and show what becomes of it."""
        form = Order()
        if not form.validate_on_submit():
            abort(400)
        offer = _offer(verb, full=form.full.data == "yes")
        person, release = _operator(offer), self._views.find(namespace, name)
        command = _command(offer, form, release, person)
        outcome = self._given(person, release, command)
        self._figures.orders.labels(verb, outcome).inc()
        LOG.info(
            "%s as %s: %s of %s: order %s %s",
            person.name,
            person.acts_as,
            verb,
            release.key,
            command.name,
            outcome,
        )
        where = url_for("release", namespace=namespace, name=name, order=command.name)
        return redirect(where, 303)

    def _given(self, person: Person, release: Release, command: Command) -> str:
        """Create the order; one of that name was created by this very form, and nothing is left to do."""
        try:
            self._acting_as(person.acts_as).order(release, command)
        except ConflictError:
            return "repeated"
        except ForbiddenError as error:
            self._figures.orders.labels(str(command.verb), "forbidden").inc()
            LOG.warning("%s as %s: %s", person.name, person.acts_as, error)
            raise _may_not(person, release, command, str(error)) from error
        except SerinError:
            self._figures.orders.labels(str(command.verb), "failed").inc()
            raise
        return "given"


def _offer(verb: str, *, full: bool) -> Offer:
    found = offered(Verb(verb), full=full) if verb in set(Verb) else None
    return found or abort(404)


def _operator(offer: Offer) -> Person:
    """Who orders; whoever is not signed in is asked to, and whoever may only look is told so."""
    if not current_user.is_authenticated:
        abort(401)
    person: Person = current_user._get_current_object()  # noqa: SLF001 - flask-login's own word for it
    if not person.orders:
        raise MayNotError(
            person.name,
            f"{offer.verb} a release",
            f"{person.name} has the role viewer on this page.",
            "Who shall order needs the role operator, and a user of the cluster to act as.",
        )
    return person


def _command(offer: Offer, form: Order, release: Release, person: Person) -> Command:
    """The order as the form has it; the name tells what was ordered, by whom, with which form."""
    step = form.step.data
    command = Command(
        name="",
        verb=offer.verb,
        actor="",
        full=offer.full,
        expected_revision=form.revision.data,
        expected_step=int(step) if step else None,
    )
    said = f"{release.uid} {command} {person.name} {form.key.data}"
    return replace(command, name=f"{release.name}-{offer.verb}-{sha256(said.encode()).hexdigest()[:16]}")


def _may_not(person: Person, release: Release, command: Command, words: str) -> MayNotError:
    return MayNotError(
        person.acts_as,
        f"{command.verb} {release.name} in {release.namespace}",
        words,
        f"Let them: kubectl create rolebinding canary-operators --clusterrole=canary-operator "
        f"--user={person.acts_as} --namespace={release.namespace}; and the page must be allowed to act as "
        "them (page.users of its chart).",
    )
