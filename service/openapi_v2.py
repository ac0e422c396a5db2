"""The part of the OpenAPI document that describes the Open Inference Protocol V2."""

from typing import Any

from service.described import TEXT, closed, errors, named, response
from service.schema import FIELDS, MAX_BATCH
from service.tensors import NUMBERS, OUTPUTS

_PARAMETERS = {"type": ["object", "null"]}
_SIZE = {"type": "integer", "minimum": 0}
_TENSOR = closed(
    {
        "name": TEXT,
        "datatype": {"enum": ["BYTES", "INT64"]},
        "shape": {"type": "array", "items": {"type": "integer"}},
    },
    ["name", "datatype", "shape"],
)
_INPUT = closed(
    {
        "name": {"enum": list(FIELDS)},
        "datatype": {"const": "BYTES"},
        "shape": {"type": "array", "items": _SIZE, "minItems": 1, "maxItems": 2},
        "parameters": _PARAMETERS,
        "data": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": MAX_BATCH},
    },
    ["name", "datatype", "shape", "data"],
)
_OUTPUT = closed(
    {
        "name": {"enum": list(OUTPUTS)},
        "datatype": {"enum": ["BYTES", "INT64"]},
        "shape": {"type": "array", "items": _SIZE, "minItems": 2, "maxItems": 2},
        "data": {"type": "array", "items": {"type": ["string", "integer"]}},
    },
    ["name", "datatype", "shape", "data"],
)
_WANTED = closed({"name": {"enum": list(OUTPUTS)}, "parameters": _PARAMETERS}, ["name"])
_DIGEST = closed({"digest": TEXT}, ["digest"])

SCHEMAS: dict[str, Any] = {
    "V2Error": closed({"error": TEXT}, ["error"]),
    "V2Server": closed(
        {"name": TEXT, "version": TEXT, "extensions": {"type": "array", "items": TEXT}},
        ["name", "version", "extensions"],
    ),
    "V2Live": closed({"live": {"type": "boolean"}}, ["live"]),
    "V2Ready": closed({"ready": {"const": True}, "name": TEXT}, ["ready"]),
    "V2NotReady": closed({"ready": {"const": False}, "name": TEXT, "error": TEXT}, ["ready", "error"]),
    "V2Model": closed(
        {
            "name": TEXT,
            "versions": {"type": "array", "items": TEXT},
            "platform": TEXT,
            "inputs": {"type": "array", "items": _TENSOR},
            "outputs": {"type": "array", "items": _TENSOR},
        },
        ["name", "versions", "platform", "inputs", "outputs"],
    ),
    "V2Request": closed(
        {
            "id": {"type": ["string", "null"]},
            "parameters": _PARAMETERS,
            "inputs": {"type": "array", "items": _INPUT, "minItems": 2, "maxItems": len(FIELDS)},
            "outputs": {"type": ["array", "null"], "items": _WANTED},
        },
        ["inputs"],
    ),
    "V2Answer": closed(
        {
            "model_name": TEXT,
            "model_version": TEXT,
            "id": {"type": "string", "description": "the request's, if it had one"},
            "parameters": _DIGEST,
            "outputs": {"type": "array", "items": _OUTPUT, "minItems": 1, "maxItems": len(NUMBERS) + 1},
        },
        ["model_name", "model_version", "parameters", "outputs"],
    ),
}


def paths() -> dict[str, Any]:
    """Return the paths below /v2."""
    not_ready = {"503": response("not ready", named("V2NotReady"))}
    described = {
        "/v2": _get("server", "The server", "V2Server"),
        "/v2/health/live": _get("live", "Whether the process answers", "V2Live"),
        "/v2/health/ready": _get("ready", "Whether it may get traffic", "V2Ready", not_ready),
    }
    for path, suffix in (("/v2/models/{model}", ""), ("/v2/models/{model}/versions/{version}", "OfVersion")):
        unknown = errors("V2Error", 404)
        described[path] = _get(f"model{suffix}", "What goes in and comes out", "V2Model", unknown)
        described[f"{path}/ready"] = _get(
            f"modelReady{suffix}", "Whether the model answers", "V2Ready", unknown | not_ready
        )
        described[f"{path}/infer"] = _infer(suffix)
        for below in ("", "/ready", "/infer"):
            described[path + below]["parameters"] = _path_parameters(path)
    return described


def _get(name: str, summary: str, schema: str, other: dict[str, Any] | None = None) -> dict[str, Any]:
    responses = {"200": response(summary, named(schema)), **(other or {})}
    return {
        "get": {"operationId": f"v2{name[0].upper()}{name[1:]}", "summary": summary, "responses": responses}
    }


def _infer(suffix: str) -> dict[str, Any]:
    responses = {
        "200": response("forecasts: a row for each asked, a column for each medicine", named("V2Answer")),
        **errors("V2Error", 400, 404, 413, 415, 422, 500, 503),
    }
    body = {"required": True, "content": {"application/json": {"schema": named("V2Request")}}}
    return {
        "post": {
            "operationId": f"v2Infer{suffix}",
            "summary": "Forecasts as tensors",
            "requestBody": body,
            "responses": responses,
        }
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": TEXT}
        for name in ("model", "version")
        if f"{{{name}}}" in path
    ]
