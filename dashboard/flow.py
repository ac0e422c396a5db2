"""Puts the pharmacy's flow into the application: who is asking, what they ask for, what is decided."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask

from dashboard import access
from dashboard.accounts.sessions import Lifetime, Sessions
from dashboard.accounts.tables import Role
from dashboard.client import ForecastClient
from dashboard.database.engine import Database
from dashboard.database.migrate import outdated_because
from dashboard.orders.desk import Desk
from dashboard.pages import queue, requests, sign_in, trail
from dashboard.readiness import Check
from dashboard.settings import FlowAccess

_PAGES: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.PHARMACIST: (("requests.page", "Requests"),),
    Role.WAREHOUSE: (("queue.page", "Queue"), ("trail.page", "Audit")),
    Role.ADMIN: (("trail.page", "Audit"),),
}


def register(app: Flask, chosen: FlowAccess, forecasts: ForecastClient, now: Callable[[], datetime]) -> Check:
    """Add the pages; returns the check that the tables are there."""
    database = Database(chosen.database_url)
    lifetime = Lifetime(timedelta(minutes=chosen.idle_minutes), timedelta(hours=chosen.session_hours))
    sessions, desk = Sessions(database, now, lifetime), Desk(database, now)
    access.register(app, sessions, chosen)
    for blueprint in (
        sign_in.routes(sessions),
        requests.routes(desk, forecasts, now),
        queue.routes(desk, forecasts),
        trail.routes(desk),
    ):
        app.register_blueprint(blueprint)
    app.extensions["database"] = database
    return once(lambda: outdated_because(database))


def navigation() -> tuple[tuple[str, str], ...]:
    """(endpoint, label) of the pages that this person has besides those of everybody."""
    who = access.person()
    return _PAGES[who.role] if who is not None else ()


def once(check: Check) -> Check:
    """Ask until all is well, and then no more.

    A database that goes away later is no reason to take the forecast from people: pages that need it say so.
    """
    passed = False

    def asked() -> str | None:
        nonlocal passed
        reason = None if passed else check()
        passed = reason is None
        return reason

    return asked
