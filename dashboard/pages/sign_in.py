"""Signing in and out; both are forms, so that no link or picture can do either."""

import logging
from urllib.parse import urlsplit

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard import access
from dashboard.accounts.passwords import LONGEST
from dashboard.accounts.sessions import Sessions, WaitError, WrongError
from dashboard.accounts.tables import NAME_LENGTH

_LOG = logging.getLogger("dashboard.sign_in")


def routes(sessions: Sessions) -> Blueprint:
    """Return the blueprint of both."""
    blueprint = Blueprint("sign_in", __name__)

    @blueprint.get("/sign-in")
    def page() -> Response:
        over = request.args.get("over") == "yes"
        return _form(200, "Your session has ended. Sign in to go on." if over else "")

    @blueprint.post("/sign-in")
    def enter() -> Response:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        try:
            visitor = sessions.sign_in(name, password)
        except WrongError:
            _LOG.warning("nobody was let in as %r (request %s)", name[:NAME_LENGTH], g.identity.request_id)
            return _form(401, "No person of that name has that password.")
        except WaitError as refused:
            answer = _form(429, f"Too many tries under this name. Try again in {refused.seconds} seconds.")
            answer.headers["Retry-After"] = str(refused.seconds)
            return answer
        access.end(sessions)
        access.begin(visitor)
        return redirect(_local(request.form.get("next", "")) or url_for("forecast.page"), 303)

    @blueprint.post("/sign-out")
    def leave() -> Response:
        access.end(sessions)
        return redirect(url_for("sign_in.page"), 303)

    return blueprint


def _form(status: int, problem: str) -> Response:
    content = render_template(
        "sign_in.html",
        problem=problem,
        name=request.form.get("name", "")[:NAME_LENGTH],
        after=_local(request.values.get("next", "")),
        longest=LONGEST,
    )
    return make_response(content, status)


def _local(address: str) -> str:
    """Take an address only if it is one of our pages: others could look like ours."""
    parts = urlsplit(address) if address.isprintable() and "\\" not in address else None
    if parts is None or parts.scheme or parts.netloc or not address.startswith("/"):
        return ""
    return address
