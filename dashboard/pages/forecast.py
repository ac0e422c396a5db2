"""The forecast of a branch and a month; a GET form, so that each answer has an address of its own."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request

from dashboard import chart, months, outlook
from dashboard.agreement import (
    Catalogue,
    Forecast,
    ForecastAwayError,
    ForecastRefusedError,
    Question,
    Sold,
)
from dashboard.client import ForecastClient
from dashboard.outlook import Outlook

RETRY_SECONDS = 5
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, as it stands there."""

    branch: str
    month: str
    medicine: str

    @property
    def empty(self) -> bool:
        """Return whether nothing was asked yet."""
        return not (self.branch or self.month)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no answer: the status, one sentence, and (parameter, value, label) to ask instead."""

    status: int
    sentence: str
    instead: list[tuple[str, str, str]] = field(default_factory=list)


def routes(forecasts: ForecastClient) -> Blueprint:
    """Return the page's blueprint."""
    blueprint = Blueprint("forecast", __name__)

    @blueprint.get("/")
    def page() -> Response:
        given = request.args
        asked = Asked(*(given.get(name, "").strip() for name in ("branch", "month", "medicine")))
        trace = g.identity.headers()
        try:
            catalogue = forecasts.catalogue(trace)
            found = Problem(200, "") if asked.empty else _answer(forecasts, catalogue, asked, trace)
        except ForecastAwayError:
            return _away(forecasts.known, asked)
        return _page(catalogue, asked, found)

    return blueprint


def _answer(
    forecasts: ForecastClient, catalogue: Catalogue, asked: Asked, trace: dict[str, str]
) -> Outlook | Problem:
    problem = _incomplete(asked)
    if problem:
        return problem
    try:
        wanted, *others = _forecasts(forecasts, catalogue, asked, trace)
    except ForecastRefusedError as refused:
        return _refused(refused, asked)
    found = outlook.compose(wanted, others, _past(forecasts, wanted.branch, trace), asked.medicine)
    return found or Problem(404, f"Nothing is known of any medicine in {wanted.branch}.")


def _incomplete(asked: Asked) -> Problem | None:
    """What can be told without asking the forecast."""
    if not asked.branch:
        return Problem(400, "Choose a branch.")
    if not asked.month:
        return Problem(400, "Choose a month.")
    if not months.is_month(asked.month):
        return Problem(422, f"“{asked.month[:_SHOWN]}” is no month: choose one from the list.")
    return None


def _forecasts(
    forecasts: ForecastClient, catalogue: Catalogue, asked: Asked, trace: dict[str, str]
) -> tuple[Forecast, ...]:
    """Return the month asked for and then the others, all of one model."""
    this = Question(asked.branch, asked.month)
    others = [Question(asked.branch, month) for month in catalogue.months if month != asked.month]
    try:
        return forecasts.predict([this, *others], trace)
    except ForecastRefusedError as refused:
        if refused.index == 0:
            raise
    # While a release runs, the model that answers may know other months than the one that listed them.
    return forecasts.predict([this], trace)


def _past(forecasts: ForecastClient, branch: str, trace: dict[str, str]) -> dict[str, Sold]:
    """Return what was sold; a forecast without its past is still worth showing."""
    try:
        return forecasts.history(branch, trace)
    except (ForecastAwayError, ForecastRefusedError):
        return {}


def _refused(refused: ForecastRefusedError, asked: Asked) -> Problem:
    if refused.code == "unknown_branch":
        sentence = f"There is no branch “{asked.branch[:_SHOWN]}”."
        return Problem(refused.status, sentence, [("branch", name, name) for name in refused.nearest])
    if refused.code == "outside_horizon" and months.is_month(refused.first) and months.is_month(refused.last):
        first, last = months.spoken(refused.first), months.spoken(refused.last)
        sentence = f"{months.spoken(asked.month)} cannot be forecast: {first} to {last} can."
        edges = [(refused.first, first), (refused.last, last)]
        return Problem(refused.status, sentence, [("month", *edge) for edge in edges])
    return Problem(refused.status, f"The forecast cannot answer that: {refused.message}.")


def _page(catalogue: Catalogue, asked: Asked, found: Outlook | Problem) -> Response:
    if isinstance(found, Problem):
        content = _rendered(catalogue, asked, problem=found if found.sentence else None)
        return make_response(content, found.status)
    pictures = [chart.draw(found.past, found.ahead, found.month, size) for size in (chart.WIDE, chart.NARROW)]
    return make_response(_rendered(catalogue, asked, found=found, pictures=pictures))


def _away(known: Catalogue | None, asked: Asked) -> Response:
    """Keep what was asked, in the form and in the address."""
    again = request.full_path.rstrip("?")
    answer = make_response(_rendered(known, asked, again=again), 503)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _rendered(catalogue: Catalogue | None, asked: Asked, **more: Any) -> str:
    return render_template("forecast.html", catalogue=catalogue, asked=asked, months=months, **more)
