"""Looking: every release, and one of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from flask import abort, make_response, render_template, request
from flask_login import current_user

from canary.core.codec import epoch
from canary.core.model import Phase
from canary.core.replay import runs
from canary.page.drawing import drawing
from canary.page.forms import Order
from canary.page.offers import offers
from canary.page.pictures import Pictures
from canary.ports import NotFoundError, RefusedError
from canary.shown.chart import chart
from canary.shown.facts import facts, weights
from canary.shown.orders import addressed
from canary.shown.past import story
from canary.shown.picture import PENDING, phase, picture
from canary.shown.prose import prose
from canary.shown.tables import EVIDENCE, HISTORY, JOURNAL, evidence_row, history_row, journal_row
from canary.shown.words import ago, clean

if TYPE_CHECKING:
    from typing import Any

    from flask import Response

    from canary.core.model import Acknowledgement
    from canary.page.drawing import Drawing
    from canary.page.settings import Settings
    from canary.ports import Clock, Desk, Release
    from canary.shown.past import Story

REFRESH = 10
AWAITING = 2
_TONES = {
    str(Phase.HEALTHY): "good",
    str(Phase.ROLLING_BACK): "bad",
    str(Phase.ROLLED_BACK): "bad",
    str(Phase.PAUSED): "waiting",
    PENDING: "quiet",
}


class Views:
    """The routes that only read, with the rights of the page itself."""

    def __init__(self, settings: Settings, desk: Desk, clock: Clock) -> None:
        self._settings, self._desk, self._clock = settings, desk, clock
        self._pictures = Pictures()

    def releases(self) -> Response:
        """Every release, those that move first."""
        now = self._clock.now()
        found = sorted(self._desk.releases(self._settings.namespace or None), key=_urgency)
        cards = [card(release, now) for release in found]
        return refreshed(render_template("releases.html", cards=cards, scope=self._settings.namespace))

    def release(self, namespace: str, name: str) -> Response:
        """Everything about one release."""
        found, now = self.find(namespace, name), self._clock.now()
        told, answer = self._story(found), self._answer(found)
        page = render_template(
            "release.html",
            card=card(found, now),
            view=picture(found, now),
            facts=[(label, text) for label, text in facts(found, now) if label != "steps"],
            prose=list(prose(told, now)),
            drawing=self._pictures.of(found.uid, partial(self._drawing, told)),
            answer=answer,
            buttons=_buttons(found),
            commands=_commands(found),
            tables=_tables(told, now),
        )
        return refreshed(page, AWAITING if answer and answer["tone"] == "waiting" else REFRESH)

    def find(self, namespace: str, name: str) -> Release:
        """Read a release that this page may show. Raises NotFoundError."""
        if self._settings.namespace not in ("", namespace):
            raise NotFoundError(
                f"release {namespace}/{name}: this page shows {self._settings.namespace} only"
            )
        return self._desk.release(namespace, name)

    def _story(self, release: Release) -> Story:
        """The lines in the status are shown even where the journals may not be read."""
        try:
            return story(release, self._desk.journal(release))
        except RefusedError:
            return story(release, ())

    def _drawing(self, told: Story) -> Drawing | None:
        """Draw the last release that left records; None when none did."""
        try:
            found = runs(replace(self._desk.kept(told.release), journal=told.entries))
        except RefusedError:
            return None
        return drawing(chart(found[-1])) if found else None

    def _answer(self, release: Release) -> dict[str, str] | None:
        """What became of the order that this reader has just given, if any."""
        name = request.args.get("order", "")
        if not name:
            return None
        if not name.startswith(f"{release.name}-") or len(name) > 100 or not name.isascii():
            abort(404)
        try:
            return _told(name, self._desk.answer(release, name))
        except NotFoundError:
            return {"tone": "quiet", "words": f"There is no order {name}, or it was answered long ago."}


def _told(name: str, answer: Acknowledgement | None) -> dict[str, str]:
    if answer is None:
        return {"tone": "waiting", "words": f"Order {name} is given. The controller has not answered yet."}
    if answer.accepted:
        return {"tone": "good", "words": f"Done: {clean(answer.message)}."}
    return {"tone": "bad", "words": f"Not done: {clean(answer.message)}."}


def refreshed(page: str, seconds: int = REFRESH) -> Response:
    """Let the browser read the page again by itself, unless the reader has stopped that."""
    answer = make_response(page)
    if request.args.get("refresh") != "off":
        answer.headers["Refresh"] = str(seconds)
    return answer


def card(release: Release, now: float) -> dict[str, Any]:
    """Give what is seen of a release at a glance."""
    view = picture(release, now)
    steps = release.spec.steps if release.spec else ()
    return {
        "namespace": release.namespace,
        "name": release.name,
        "phase": phase(release),
        "tone": _TONES.get(phase(release), "busy"),
        "weight": view.weight,
        "observed": view.observed_weight,
        "weights": weights(view),
        "steps": [(step.weight, number, step.approval) for number, step in enumerate(steps, start=1)],
        "step": view.step,
        "stable": view.stable,
        "canary": view.canary,
        "reason": clean(view.stalled or view.reason),
        "stalled": bool(view.stalled),
        "age": _age(release, now),
    }


def _age(release: Release, now: float) -> str:
    """Since when it is as it is: the last line of its journal, else since it was created."""
    lines = release.status.journal
    created = ((release.raw or {}).get("metadata") or {}).get("creationTimestamp", "")
    if release.status.started and release.status.canary_revision:
        return f"began {ago(release.status.started, now)}"
    if lines:
        return f"changed {ago(lines[-1].time, now)}"
    return f"created {ago(epoch(created), now)}" if created else ""


def _urgency(release: Release) -> tuple[int, str, str]:
    rest = (str(Phase.HEALTHY), str(Phase.ROLLED_BACK), PENDING)
    name = phase(release)
    return (rest.index(name) + 1 if name in rest else 0, release.namespace, release.name)


def _buttons(release: Release) -> list[dict[str, Any]]:
    """What somebody who may order can do now, each bound to what is on this page."""
    if not (current_user.is_authenticated and current_user.orders):
        return []
    return [
        {"offer": offer, "form": Order.about(addressed(release, offer.verb, full=offer.full))}
        for offer in offers(release)
    ]


def _commands(release: Release) -> list[str]:
    place = f"{release.name} -n {release.namespace}"
    looking = (f"canary status {place} --watch", f"canary why {place}", f"canary replay {place}")
    return [*looking, *(offer.typed(release) for offer in offers(release))]


def _tables(told: Story, now: float) -> dict[str, dict[str, Any]]:
    release = told.release
    ended = sorted(release.status.history, key=lambda each: each.ended, reverse=True)
    conditions = picture(release, now).conditions
    return {
        "evidence": {
            "headings": EVIDENCE,
            "rows": [evidence_row(each) for each in picture(release, now).evidence],
        },
        "journal": {"headings": JOURNAL, "rows": [journal_row(entry) for entry in reversed(told.entries)]},
        "history": {"headings": HISTORY, "rows": [history_row(each, release.status) for each in ended]},
        "conditions": {
            "headings": ("CONDITION", "STATUS", "REASON", "MESSAGE"),
            "rows": [tuple(clean(str(each.get(key, ""))) for key in _CONDITION) for each in conditions],
        },
    }


_CONDITION = ("type", "status", "reason", "message")
