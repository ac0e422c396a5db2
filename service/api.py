"""The HTTP surface: parse, look up, count, render."""

from flask import Blueprint, Response, jsonify, request

from service import openapi, schema
from service.errors import ApiError
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.lookup import looked_up
from service.metrics import Predictions
from service.schema import Query

_JSON = "application/json"


def routes(lifecycle: Lifecycle, injector: Injector, predictions: Predictions) -> Blueprint:
    """Return all routes of the service port."""
    blueprint = Blueprint("api", __name__)

    @blueprint.get("/predict")
    def ask() -> Response:
        injector.meet()
        table = lifecycle.table()
        query = schema.from_arguments(request.args, table.domain)
        return _rendered(looked_up(table, [query], predictions)[0].body)

    @blueprint.post("/predict")
    def ask_by_body() -> Response:
        injector.meet()
        table = lifecycle.table()
        if request.mimetype != _JSON:
            raise ApiError(415, "unsupported_media_type", f"send the query as {_JSON}")
        asked = schema.from_json(request.get_data(), table.domain)
        if isinstance(asked, Query):
            return _rendered(looked_up(table, [asked], predictions)[0].body)
        answers = looked_up(table, asked, predictions)
        return _rendered(b"[" + b",".join(answer.body for answer in answers) + b"]")

    @blueprint.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document(lifecycle.domain))

    return blueprint


def _rendered(body: bytes) -> Response:
    return Response(body, content_type=_JSON)
