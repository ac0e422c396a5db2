"""What a pharmacist asks for, for the one branch that is theirs, and what became of it."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard import months
from dashboard.access import needs, person
from dashboard.accounts.tables import Role
from dashboard.agreement import Expected, ForecastAwayError, ForecastRefusedError, Question
from dashboard.client import ForecastClient
from dashboard.orders import wanted
from dashboard.orders.desk import Desk
from dashboard.orders.tables import MAX_QUANTITY, TEXT_LENGTH, StockRequest
from dashboard.pages import beside
from dashboard.pages.numbers import page_number


@dataclass(frozen=True, slots=True)
class Hint:
    """What the forecast says of a branch and a month; `medicines` are all that can be asked for."""

    medicines: tuple[str, ...]
    expected: tuple[Expected, ...] = ()
    away: bool = False


def routes(desk: Desk, forecasts: ForecastClient, now: Callable[[], datetime]) -> Blueprint:
    """Return the blueprint of the pharmacist's pages, and of one request for all who may see it."""
    blueprint = Blueprint("requests", __name__, url_prefix="/requests")

    @blueprint.get("")
    @needs(Role.PHARMACIST)
    def page() -> str:
        found = desk.of_branch(person().branch, page_number())
        return render_template("requests.html", found=found, months=months, form=secrets.token_hex(16))

    @blueprint.get("/new")
    @needs(Role.PHARMACIST)
    def blank() -> Response:
        # The number is in the address: whoever goes back and sends again sends the same form again.
        given = request.args.get("form", "")
        number = given if wanted.is_form(given) else secrets.token_hex(16)
        return _form(desk, forecasts, request.args.to_dict() | {"form": number}, now())

    @blueprint.post("/new")
    @needs(Role.PHARMACIST)
    def submit() -> Response:
        who = person()
        try:
            asked = wanted.read(request.form, who.branch, _known(desk, forecasts), now().date())
            stored, new = desk.submit(asked, who.name)
        except wanted.RefusedError as refused:
            return _form(desk, forecasts, request.form, now(), refused.problems)
        return redirect(url_for("requests.one", number=stored.id, sent="now" if new else "before"), 303)

    @blueprint.get("/<int:number>")
    @needs(*Role)
    def one(number: int) -> str:
        found = visible(desk, number)
        hint = beside.ask(forecasts, [found], g.identity.headers())
        return render_template(
            "request.html", found=found, hint=hint, months=months, longest=TEXT_LENGTH, problems={}
        )

    return blueprint


def visible(desk: Desk, number: int) -> StockRequest:
    """Return a request that this person may see; 404 for others, so that nobody learns of them."""
    who = person()
    found = desk.find(number) if number < 1 << 31 else None
    if found is None or (who.role == Role.PHARMACIST and found.branch != who.branch):
        where = f" of {who.branch}" if who.role == Role.PHARMACIST else ""
        abort(404, f"There is no request {number}{where}.")
    return found


def _known(desk: Desk, forecasts: ForecastClient) -> tuple[str, ...]:
    """The medicines that can be asked for: of the forecast now, else those it named last."""
    try:
        found = forecasts.catalogue(g.identity.headers()).medicines
    except ForecastAwayError:
        return desk.remembered()
    desk.remember(found)
    return found


def _form(
    desk: Desk,
    forecasts: ForecastClient,
    sent: Mapping[str, str],
    at: datetime,
    problems: Mapping[str, str] | None = None,
) -> Response:
    possible = wanted.months(at.date())
    month = sent.get("month", "")
    shown = month if month in possible else possible[1]
    form = sent.get("form", "")
    content = render_template(
        "request_new.html",
        sent=sent,
        # A form that was used for something else cannot be used again.
        form=secrets.token_hex(16) if problems and "form" in problems else form,
        problems=problems or {},
        possible=possible,
        shown=shown,
        hint=_hint(desk, forecasts, shown),
        months=months,
        most=MAX_QUANTITY,
        longest=TEXT_LENGTH,
    )
    return make_response(content, 422 if problems else 200)


def _hint(desk: Desk, forecasts: ForecastClient, month: str) -> Hint:
    known = _known(desk, forecasts)
    try:
        (answer,) = forecasts.predict([Question(person().branch, month)], g.identity.headers())
    except ForecastAwayError:
        return Hint(known, away=True)
    except ForecastRefusedError:
        return Hint(known)
    return Hint(known, answer.expected)
