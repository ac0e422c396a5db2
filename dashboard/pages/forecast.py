"""The forecast of a branch and a month; a GET form, so that each answer has an address of its own."""

from flask import Blueprint, g, render_template, request

from dashboard.agreement import Question
from dashboard.client import ForecastClient


def routes(forecasts: ForecastClient) -> Blueprint:
    """Return the page's blueprint."""
    blueprint = Blueprint("forecast", __name__)

    @blueprint.get("/")
    def page() -> str:
        branch, month = request.args.get("branch", ""), request.args.get("month", "")
        found = None
        if branch and month:
            (found,) = forecasts.predict([Question(branch, month)], g.identity.headers())
        return render_template("forecast.html", branch=branch, month=month, found=found)

    return blueprint
