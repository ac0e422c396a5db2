"""Everything that can go wrong, as a page that says what to do; the status codes are honest."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from canary.page.ordering import MayNotError
from canary.page.settings import SettingsError
from canary.ports import ForbiddenError, NotFoundError, RefusedError, SerinError, UnreachableError

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.wrappers import Response as Plain

LOG = logging.getLogger("canary.page")

_BY_CODE = {
    400: ("That form cannot be used", "Go back, read the page again, and send it once more."),
    404: ("There is no such page", "Start from the list of releases."),
    405: ("That is no way to ask", "Start from the list of releases."),
    413: ("That was too much", "No form of this page has so much in it."),
}
_SPENT = "The form was made too long ago, or not by this page. Nothing was ordered."


def explain(app: Flask) -> None:
    """Let every error of `app` become a page."""
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(MayNotError, _may_not)
    app.register_error_handler(SerinError, _trouble)
    app.register_error_handler(SettingsError, _spoilt)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _defect)


def _page(code: int, title: str, words: str, remedy: str = "") -> Response:
    return make_response(render_template("failure.html", title=title, words=words, remedy=remedy), code)


def _forged(_: CSRFError) -> Response:
    return _page(400, "That form cannot be used", _SPENT, "Go back, read the page again, sign in if it asks.")


def _may_not(error: MayNotError) -> Response:
    return _page(403, str(error), error.words, error.remedy)


def _trouble(error: SerinError) -> Response:
    """The world outside; what it said is for whoever looks after the page."""
    if isinstance(error, NotFoundError):
        return _page(404, "There is no such release", str(error), "Start from the list of releases.")
    if isinstance(error, UnreachableError):
        answer = _page(
            503, "The cluster gives no answer", str(error), "Users are not concerned. This page tries again."
        )
        answer.headers["Retry-After"] = "5"
        if request.method == "GET":
            answer.headers["Refresh"] = "5"
        return answer
    if isinstance(error, ForbiddenError):
        return _page(
            500, "This page may not look", str(error), "Its ServiceAccount lacks a right: see its chart."
        )
    code = 422 if isinstance(error, RefusedError) else 500
    return _page(code, "The cluster refused that", str(error))


def _spoilt(error: SettingsError) -> Response:
    LOG.error("%s", error)
    return _page(500, "Nobody can sign in", "The files of users or passwords cannot be used.", "See the log.")


def _refused(error: HTTPException) -> Response | Plain:
    code = error.code or 500
    if code == 401:
        if request.method == "GET":
            return redirect(url_for("sign-in", onward=request.full_path.rstrip("?")))
        return _page(401, "You are not signed in", "Your session has ended. Nothing was ordered.", "Sign in.")
    title, remedy = _BY_CODE.get(code, (error.name, ""))
    return _page(code, title, error.description or "", remedy)


def _defect(error: Exception) -> Response:
    LOG.error("defect in a page", exc_info=error)
    return _page(500, "Something is wrong here", "That is a defect of this page, and it is logged.")
