"""The HTTP surface: parse, look up, render."""

from flask import Blueprint, Response, jsonify, request

from service import openapi, schema
from service.errors import ApiError
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.schema import Query
from service.table import Table

_JSON = "application/json"


def routes(lifecycle: Lifecycle, injector: Injector) -> Blueprint:
    """Return all routes of the service port."""
    blueprint = Blueprint("api", __name__)

    @blueprint.get("/predict")
    def ask() -> Response:
        injector.meet()
        table = lifecycle.table()
        return _rendered(_answer(table, schema.from_arguments(request.args, table.domain)))

    @blueprint.post("/predict")
    def ask_by_body() -> Response:
        injector.meet()
        table = lifecycle.table()
        if request.mimetype != _JSON:
            raise ApiError(415, "unsupported_media_type", f"send the query as {_JSON}")
        asked = schema.from_json(request.get_data(), table.domain)
        if isinstance(asked, Query):
            return _rendered(_answer(table, asked))
        return _rendered(b"[" + b",".join(_answer(table, one) for one in asked) + b"]")

    @blueprint.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document(lifecycle.domain))

    return blueprint


def _answer(table: Table, query: Query) -> bytes:
    return table.answer(query.branch, query.month, query.medicine)


def _rendered(body: bytes) -> Response:
    return Response(body, content_type=_JSON)
