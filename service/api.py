"""The HTTP surface: parse, look up, count, render."""

from flask import Blueprint, Response, jsonify, request

from service import body, knowledge, openapi, schema
from service.errors import ApiError
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.lookup import looked_up
from service.metrics import Predictions
from service.overload import refuse_late
from service.schema import Query

_JSON = "application/json"


def routes(lifecycle: Lifecycle, injector: Injector, predictions: Predictions) -> Blueprint:
    """Return all routes of the service port."""
    blueprint = Blueprint("api", __name__)

    @blueprint.get("/predict")
    def ask() -> Response:
        refuse_late()
        injector.meet()
        table = lifecycle.table()
        query = schema.from_text(request.query_string, table.domain)
        answer = looked_up(table, [query], predictions)[0]
        return _fresh(answer.body, answer.etag)

    @blueprint.post("/predict")
    def ask_by_body() -> Response:
        refuse_late()
        injector.meet()
        table = lifecycle.table()
        if request.mimetype != _JSON:
            raise ApiError(415, "unsupported_media_type", f"send the query as {_JSON}")
        asked = schema.from_json(body.received(), table.domain)
        if isinstance(asked, Query):
            return _rendered(looked_up(table, [asked], predictions)[0].body)
        answers = looked_up(table, asked, predictions)
        return _rendered(b"[" + b",".join(answer.body for answer in answers) + b"]")

    @blueprint.get("/catalogue")
    def catalogue() -> Response:
        refuse_late()
        page = knowledge.catalogue(lifecycle.table())
        return _fresh(page.body, page.etag)

    @blueprint.get("/history")
    def history() -> Response:
        refuse_late()
        table = lifecycle.table()
        page = knowledge.history(table, schema.series_from_text(request.query_string, table.domain))
        return _fresh(page.body, page.etag)

    @blueprint.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document(lifecycle.domain))

    return blueprint


def _fresh(body: bytes, etag: str) -> Response:
    """Send the answer, or 304 to a client that has it already."""
    known = request.headers.get("If-None-Match")
    if known is not None and request.if_none_match.contains_weak(etag[1:-1]):
        response = Response(status=304)
        del response.headers["Content-Type"]
    else:
        response = _rendered(body)
    response.headers["ETag"] = etag
    # The next release may answer anything else, at any time.
    response.headers["Cache-Control"] = "no-cache"
    return response


def _rendered(content: bytes) -> Response:
    return Response(content, content_type=_JSON)
