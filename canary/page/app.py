"""The application: the whole surface of the page is one table of routes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, abort, request
from flask_login import current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from canary.page import failures, headers
from canary.page.forms import Plain
from canary.page.ordering import Ordering
from canary.page.settings import Readers
from canary.page.signing import Signing
from canary.page.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.page.figures import Figures
    from canary.page.settings import Settings
    from canary.ports import Clock, Desk

MOST_BYTES = 16 * 1024
# Shorter than an answered order is kept, so that a form which is sent again still finds its order.
FORM_SECONDS = 1800
_FREE = ("sign-in", "static")


class Desks(NamedTuple):
    """Two ways to the cluster: with the rights of the page, and with those of a user it may act as."""

    ours: Desk
    acting_as: Callable[[str], Desk]


class ObjectName(BaseConverter):
    """The name of an object; it becomes part of a URL of the API server."""

    regex = "[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?"


def create(settings: Settings, desks: Desks, clock: Clock, figures: Figures) -> Flask:
    """Build the application."""
    app = Flask(__name__)
    app.config.update(_configuration(settings))
    app.url_map.converters["object"] = ObjectName
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    views, signing = Views(settings, desks.ours, clock), Signing(settings, clock, figures)
    ordering = Ordering(views, desks.acting_as, clock, figures)
    place, order = "/releases/<object:namespace>/<object:name>", "/orders/<verb>"
    routes = (
        ("GET", "/", "releases", views.releases),
        ("GET", place, "release", views.release),
        ("GET", f"{place}{order}", "ask", ordering.ask),
        ("POST", f"{place}{order}", "order", ordering.order),
        ("GET POST", "/sign-in", "sign-in", signing.sign_in),
        ("POST", "/sign-out", "sign-out", signing.sign_out),
    )
    for methods, rule, name, view in routes:
        app.add_url_rule(rule, name, view, methods=methods.split())
    figures.watch(app)
    signing.guard(app)
    CSRFProtect(app)
    app.before_request(_only_users(settings))
    app.after_request(headers.secured)
    failures.explain(app)
    app.context_processor(lambda: {"sign_out": _button, "people": settings.people.anybody})
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.key,
        "MAX_CONTENT_LENGTH": MOST_BYTES,
        "MAX_FORM_MEMORY_SIZE": MOST_BYTES,
        "MAX_FORM_PARTS": 20,
        "SESSION_COOKIE_NAME": "serin-page",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=settings.lifetime),
        "WTF_CSRF_TIME_LIMIT": FORM_SECONDS,
    }


def _button() -> Plain:
    """A form that looks at nothing of the request, which may be one that cannot be read."""
    return Plain(formdata=None)


def _only_users(settings: Settings) -> Callable[[], None]:
    def check() -> None:
        strangers = settings.readers is Readers.USERS and not current_user.is_authenticated
        if strangers and request.endpoint not in _FREE:
            abort(401)

    return check
