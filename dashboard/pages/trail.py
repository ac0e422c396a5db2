"""The audit trail, for those who have to answer for it."""

from flask import Blueprint, render_template

from dashboard.access import needs
from dashboard.accounts.tables import Role
from dashboard.orders.desk import Desk
from dashboard.pages.numbers import page_number


def routes(desk: Desk) -> Blueprint:
    """Return the page's blueprint."""
    blueprint = Blueprint("trail", __name__)

    @blueprint.get("/audit")
    @needs(Role.WAREHOUSE, Role.ADMIN)
    def page() -> str:
        return render_template("audit.html", found=desk.trail(page_number()))

    return blueprint
