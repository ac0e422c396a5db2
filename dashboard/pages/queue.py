"""The warehouse's queue: the forecast beside each request, and what is decided about it."""

from collections.abc import Callable

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard import months
from dashboard.access import needs, person
from dashboard.accounts.tables import Role
from dashboard.client import ForecastClient
from dashboard.orders import wanted
from dashboard.orders.desk import DecidedError, Desk
from dashboard.orders.tables import TEXT_LENGTH, StockRequest
from dashboard.pages import beside
from dashboard.pages.numbers import page_number
from dashboard.pages.requests import visible


def routes(desk: Desk, forecasts: ForecastClient) -> Blueprint:
    """Return the blueprint of the queue and its two decisions."""
    blueprint = Blueprint("queue", __name__)

    @blueprint.get("/queue")
    @needs(Role.WAREHOUSE)
    def page() -> str:
        found = desk.waiting(page_number())
        hint = beside.ask(forecasts, found.rows, g.identity.headers())
        return render_template("queue.html", found=found, hint=hint, months=months)

    @blueprint.post("/requests/<int:number>/dispatch")
    @needs(Role.WAREHOUSE)
    def dispatch(number: int) -> Response:
        visible(desk, number)
        return _decided(lambda: desk.dispatch(number, person().name))

    @blueprint.post("/requests/<int:number>/decline")
    @needs(Role.WAREHOUSE)
    def decline(number: int) -> Response:
        found = visible(desk, number)
        try:
            reason = wanted.reason(request.form.get("reason", ""))
        except wanted.RefusedError as refused:
            return _again(found, forecasts, refused)
        return _decided(lambda: desk.decline(number, person().name, reason))

    return blueprint


def _decided(decide: Callable[[], StockRequest | None]) -> Response:
    """Go on to the queue; 409 for who came second."""
    try:
        done = decide()
    except DecidedError as late:
        first = late.request
        abort(
            409,
            f"Request {first.id} was {first.state} by {first.decided_by} on "
            f"{first.decided_at:%Y-%m-%d at %H:%M:%S} UTC. Your decision changed nothing.",
        )
    return redirect(url_for("queue.page", done=done.id if done else None), 303)


def _again(found: StockRequest, forecasts: ForecastClient, refused: wanted.RefusedError) -> Response:
    hint = beside.ask(forecasts, [found], g.identity.headers())
    content = render_template(
        "request.html",
        found=found,
        hint=hint,
        months=months,
        longest=TEXT_LENGTH,
        problems=refused.problems,
    )
    return make_response(content, 422)
