"""The HTTP surface: parse, look up, count, render."""

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, request

from service import months, openapi, schema
from service.errors import ApiError
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.metrics import Predictions
from service.schema import Query
from service.table import Table

_JSON = "application/json"


def routes(lifecycle: Lifecycle, injector: Injector, predictions: Predictions) -> Blueprint:
    """Return all routes of the service port."""
    blueprint = Blueprint("api", __name__)

    @blueprint.get("/predict")
    def ask() -> Response:
        injector.meet()
        table = lifecycle.table()
        query = schema.from_arguments(request.args, table.domain)
        return _rendered(_looked_up(table, [query], predictions)[0])

    @blueprint.post("/predict")
    def ask_by_body() -> Response:
        injector.meet()
        table = lifecycle.table()
        if request.mimetype != _JSON:
            raise ApiError(415, "unsupported_media_type", f"send the query as {_JSON}")
        asked = schema.from_json(request.get_data(), table.domain)
        if isinstance(asked, Query):
            return _rendered(_looked_up(table, [asked], predictions)[0])
        return _rendered(b"[" + b",".join(_looked_up(table, asked, predictions)) + b"]")

    @blueprint.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document(lifecycle.domain))

    return blueprint


def _looked_up(table: Table, asked: Sequence[Query], predictions: Predictions) -> list[bytes]:
    """Count what the model says, also when it cannot be sent: ApiError 500 then."""
    answers = [table.answer(query.branch, query.month, query.medicine) for query in asked]
    predictions.count(answers)
    for query, answer in zip(asked, answers, strict=True):
        if not answer.usable:
            raise ApiError(
                500, "bad_prediction",
                f"the model has no usable forecast for {query.branch} in {months.name(query.month)}: "
                "it was counted and is not sent; ask for another month, or again after the next release",
            )  # fmt: skip
    return [answer.body for answer in answers]


def _rendered(body: bytes) -> Response:
    return Response(body, content_type=_JSON)
