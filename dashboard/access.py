"""Who is asking, and whether they may: sessions of Flask-Login, kept in the database.

An identity of elsewhere (OIDC) would replace `pages.sign_in` and end in the same `begin`.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from dashboard import errors
from dashboard.accounts.sessions import Sessions, Visitor
from dashboard.accounts.tables import Role
from dashboard.database.engine import AWAY
from dashboard.settings import FlowAccess

P = ParamSpec("P")
T = TypeVar("T")

_AWAY = "The store of requests gives no answer. What was stored is safe; nothing was changed. Try again soon."


class _User(UserMixin):  # type: ignore[misc] # the library has no types
    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    def get_id(self) -> str:
        """What the cookie holds: nothing that is known from elsewhere."""
        return self.visitor.token


def register(app: Flask, sessions: Sessions, access: FlowAccess) -> None:
    """Let `app` know people, and refuse every form that is not of its own pages."""
    app.secret_key = access.secret_key
    app.config |= {
        # A cookie of this name is never taken from another host, nor sent without TLS.
        "SESSION_COOKIE_NAME": "__Host-serin" if access.cookie_secure else "serin",
        "SESSION_COOKIE_SECURE": access.cookie_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=access.session_hours),
        # The token ends with the session that it is bound to.
        "WTF_CSRF_TIME_LIMIT": None,
    }
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.session_protection = None  # phones change their address in the middle of a session
    manager.user_loader(lambda token: _known(sessions, token))
    manager.unauthorized_handler(_unauthorized)
    app.register_error_handler(CSRFError, _forged)
    app.after_request(_unkept)
    for error in AWAY:
        app.register_error_handler(error, _away)
    app.context_processor(lambda: {"person": person})


def begin(visitor: Visitor) -> None:
    """Sign in: nothing of the session before is kept, so that nobody can have planted it."""
    session.clear()
    login_user(_User(visitor))
    session.permanent = True


def end(sessions: Sessions) -> None:
    """Sign out, in the cookie and in the database."""
    found = visitor()
    if found is not None:
        sessions.sign_out(found)
    logout_user()
    session.clear()


def visitor() -> Visitor | None:
    """Return who is signed in."""
    return cast("Visitor", current_user.visitor) if current_user.is_authenticated else None


def person() -> Any:
    """Return the person who is signed in, None if nobody is; for templates and pages."""
    found = visitor()
    return found.person if found is not None else None


def needs(*roles: Role) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let only these roles in: others are told whose page it is, strangers where to sign in."""

    def decorate(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            who = person()
            if who is None:
                return cast("T", _unauthorized())
            if who.role not in roles:
                allowed = " or ".join(roles)
                abort(403, f"This is for the role {allowed}. You are signed in as {who.name}, {who.role}.")
            return view(*args, **kwargs)

        return guarded

    return decorate


def _known(sessions: Sessions, token: str) -> _User | None:
    try:
        found = sessions.visitor(token)
    except AWAY:
        # Pages that need nobody go on; the others say why they cannot.
        g.store_away = True
        return None
    g.session_over = found is None
    return _User(found) if found is not None else None


def _unauthorized() -> AnyResponse:
    if g.get("store_away"):
        abort(503, _AWAY)
    over = bool(g.get("session_over"))
    if request.method not in {"GET", "HEAD"}:
        why = "Your session has ended." if over else "You are not signed in."
        abort(401, f"{why} Nothing was done: sign in, and send it again from a fresh page.")
    back = request.full_path.rstrip("?")
    return redirect(url_for("sign_in.page", next=back, over="yes" if over else None))


def _unkept(response: Response) -> Response:
    """Let no browser keep what only this person may see."""
    if response.mimetype == "text/html" and "_user_id" in session:
        response.headers["Cache-Control"] = "no-store, private"
    return response


def _forged(_: CSRFError) -> AnyResponse:
    refused = BadRequest(
        "This form did not come from a page of yours: it may be old, its session over, or your browser did "
        "not send the cookie that belongs to it. Nothing was done: open the page again, and send that."
    )
    return errors.shown(refused)


def _away(_: Exception) -> AnyResponse:
    g.store_away = True
    return errors.shown(ServiceUnavailable(_AWAY, retry_after=5))
