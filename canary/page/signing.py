"""Signing in and out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import make_response, redirect, render_template, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user

from canary.page.forms import Plain, SignIn
from canary.page.throttle import Throttle, keys
from canary.shown.words import span

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from canary.page.figures import Figures
    from canary.page.people import Person
    from canary.page.settings import Settings
    from canary.ports import Clock

LOG = logging.getLogger("canary.page")

_SINCE = "signed_in"
WRONG = "That name and password do not belong together."


class Signing:
    """The two routes, and who a request comes from."""

    def __init__(self, settings: Settings, clock: Clock, figures: Figures) -> None:
        self._settings, self._clock, self._figures = settings, clock, figures
        self._throttle = Throttle()

    def guard(self, app: Flask) -> None:
        """Let flask-login know how people are looked up."""
        manager = LoginManager(app)
        manager.user_loader(self.person)

    def person(self, identity: str) -> Person | None:
        """Who a session belongs to; nobody once it is over, whatever it was used for meanwhile."""
        age = self._clock.now() - float(session.get(_SINCE, 0.0))
        return self._settings.people.find(identity) if 0 <= age < self._settings.lifetime else None

    def sign_in(self) -> Response | tuple[str, int]:
        """Show the form, or take it; every failure looks the same, however it came about."""
        form = SignIn(onward=request.args.get("onward", ""))
        if current_user.is_authenticated:
            return redirect(local(form.onward.data))
        if not form.validate_on_submit():
            return self._form(form, "", 400 if form.is_submitted() else 200)
        name, now = form.name.data, self._clock.now()
        mine = keys(name, request.remote_addr or "")
        if wait := self._throttle.wait(mine, now):
            self._figures.sign_ins.labels("throttled").inc()
            return self._later(form, wait)
        person = self._settings.people.verified(name, form.password.data)
        if person is None:
            self._throttle.failed(mine, now)
            self._figures.sign_ins.labels("wrong").inc()
            return self._form(form, WRONG, 401)
        return self._welcome(person, form.onward.data)

    def sign_out(self) -> Response:
        """Forget who it was."""
        if Plain().validate_on_submit():
            logout_user()
            session.clear()
        return redirect(url_for("releases"), 303)

    def _welcome(self, person: Person, onward: str) -> Response:
        session.clear()  # a session that somebody else may have begun is none of this person's
        session.permanent = True
        session[_SINCE] = self._clock.now()
        login_user(person)
        self._figures.sign_ins.labels("accepted").inc()
        LOG.info("%s signed in as %s", person.name, person.role)
        return redirect(local(onward), 303)

    def _form(self, form: SignIn, problem: str, code: int) -> tuple[str, int]:
        return render_template("sign-in.html", form=form, problem=problem), code

    def _later(self, form: SignIn, wait: float) -> Response:
        problem = f"Too many attempts: try again in {span(wait + 1)}."
        answer: Any = make_response(self._form(form, problem, 429))
        answer.headers["Retry-After"] = str(int(wait) + 1)
        return answer  # type: ignore[no-any-return]


def local(onward: str | None) -> str:
    """Where to go: a path of this page, never another site, which `//` and a backslash lead to."""
    path = onward or ""
    safe = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if safe else url_for("releases")
