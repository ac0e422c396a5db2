"""The Open Inference Protocol V2 over REST: the same forecasts, for clients that speak tensors.

A row of the batch asks for one branch and date, and for one medicine if that input is given. The
answer's tensors have a row for each of them and a column for each medicine. Every error's body is
`{"error": sentence}`, as the protocol wants it; the status is the one that /predict would give.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from service import body, tensors
from service.errors import RETRY_AFTER, ApiError
from service.faults import Injector
from service.lifecycle import Lifecycle
from service.lookup import looked_up
from service.metrics import Predictions
from service.overload import refuse_late

MODEL = "forecast"
_SERVER = {"name": "forecast", "version": "1.0.0", "extensions": []}
_INFER = "infer"


def routes(lifecycle: Lifecycle, injector: Injector, predictions: Predictions) -> Blueprint:
    """Return the routes of the protocol; its probes say what the admin port's say."""
    blueprint = Blueprint("v2", __name__, url_prefix="/v2")
    model = "/models/<model>"
    versioned = f"{model}/versions/<version>"

    @blueprint.get("")
    def server() -> Response:
        return jsonify(_SERVER)

    @blueprint.get("/health/live")
    def live() -> Response:
        return jsonify(live=True)

    @blueprint.get("/health/ready")
    def ready() -> Response:
        return _readiness(lifecycle, {})

    @blueprint.get(model)
    @blueprint.get(versioned)
    def metadata(model: str, version: str | None = None) -> Response:
        served = _served(lifecycle, model, version)
        return jsonify(name=MODEL, versions=[served], platform="scikit-learn", **tensors.METADATA)

    @blueprint.get(f"{model}/ready")
    @blueprint.get(f"{versioned}/ready")
    def model_ready(model: str, version: str | None = None) -> Response:
        _served(lifecycle, model, version)
        return _readiness(lifecycle, {"name": MODEL})

    @blueprint.post(f"{model}/infer", endpoint=_INFER)
    @blueprint.post(f"{versioned}/infer", endpoint=_INFER)
    def infer(model: str, version: str | None = None) -> Response:
        _served(lifecycle, model, version)
        refuse_late()
        injector.meet()
        return _inferred(lifecycle, predictions)

    return blueprint


def _served(lifecycle: Lifecycle, model: str, version: str | None) -> str:
    """Return the version that answers; ApiError 404 for any other model or version."""
    served = lifecycle.model["version"]
    if model != MODEL:
        raise ApiError(404, "unknown_model", f"there is no model {model[:60]!r}: there is {MODEL}")
    if version not in {None, served}:
        raise ApiError(404, "unknown_model", f"there is no version {version[:60]!r}: there is {served}")
    return served


def _readiness(lifecycle: Lifecycle, named: dict[str, str]) -> Response:
    reason = lifecycle.not_ready_because
    if reason is None:
        return jsonify(ready=True, **named)
    answer = jsonify(ready=False, error=reason, **named)
    answer.status_code = 503
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _inferred(lifecycle: Lifecycle, predictions: Predictions) -> Response:
    table = lifecycle.table()
    if request.headers.get("Content-Type") is not None and request.mimetype != "application/json":
        raise ApiError(415, "unsupported_media_type", "send the tensors as application/json")
    asked = tensors.read(body.received(), table.domain)
    looked_up(table, asked.queries, predictions)
    answer: dict[str, Any] = {
        "model_name": MODEL,
        "model_version": table.model["version"],
        "parameters": {"digest": table.model["digest"]},
        "outputs": tensors.write(asked, table),
    }
    return jsonify(answer if asked.id is None else {**answer, "id": asked.id})
