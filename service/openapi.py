"""The agreement with the frontend, as a document that tests hold against live answers."""

from functools import cache
from typing import Any

from service import months
from service.model import Domain
from service.schema import MAX_BATCH

_DATE = r"^\d{4}-\d{2}(-\d{2})?$"


def _object(properties: dict[str, Any], required: list[str], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, **more}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_UNITS = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_SCHEMAS: dict[str, Any] = {
    "Query": _object(
        {
            "branch": {"type": "string", "examples": ["Dubai Mall"]},
            "date": {"type": "string", "pattern": _DATE, "examples": ["2025-12", "2025-12-14"]},
            "medicine": {"type": ["string", "null"], "description": "only this one; all without it"},
        },
        ["branch", "date"],
        additionalProperties=False,
    ),
    "Forecast": _object(
        {
            "medicine": _TEXT,
            "units": _UNITS,
            "low": {**_UNITS, "description": "lower end of the 80 % interval"},
            "high": {**_UNITS, "description": "upper end of the 80 % interval"},
        },
        ["medicine", "units", "low", "high"],
        additionalProperties=False,
    ),
    "Answer": _object(
        {
            "branch": _TEXT,
            "month": {"type": "string", "pattern": r"^\d{4}-\d{2}$"},
            "forecasts": {"type": "array", "items": _named("Forecast")},
            "model": _object(
                {"version": _TEXT, "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}},
                ["version", "digest"],
                additionalProperties=False,
            ),
        },
        ["branch", "month", "forecasts", "model"],
        additionalProperties=False,
    ),
    "Error": _object(
        {
            "code": {
                "enum": [
                    "bad_request", "bad_json", "bad_field", "unknown_field", "missing_field",
                    "unknown_branch", "unknown_medicine", "unknown_path", "method_not_allowed",
                    "body_too_large", "batch_too_large", "unsupported_media_type",
                    "bad_date", "outside_horizon", "not_ready", "bad_prediction", "fault", "http_error",
                    "internal",
                ],
            },
            "message": _TEXT,
            "request_id": _TEXT,
            "field": {"type": "string", "description": "the member of the query that is wrong"},
            "index": {"type": "integer", "description": "the query of the list that is wrong"},
            "nearest": {"type": "array", "items": _TEXT, "description": "known names like the one given"},
            "first": {"type": "string", "description": "first month that can be forecast"},
            "last": {"type": "string", "description": "last month that can be forecast"},
        },
        ["code", "message", "request_id"],
        additionalProperties=False,
    ),
}  # fmt: skip

_HEADERS = {
    "X-Request-Id": {"description": "the caller's own, or a new one", "schema": _TEXT},
    "X-Model-Version": {"description": "the model that answers", "schema": _TEXT},
    "X-Revision": {"description": "the revision of the pod, if it has one", "schema": _TEXT},
}


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "headers": _HEADERS,
        "content": {"application/json": {"schema": schema}},
    }


def _errors(*statuses: int) -> dict[str, Any]:
    meanings = {
        400: "malformed query",
        404: "unknown branch or medicine",
        413: "body or list too large",
        415: "body is not JSON",
        422: "no date, or a month outside the horizon",
        500: "the service failed, or its model has no usable forecast",
        503: "not ready, try again",
    }
    return {str(status): _response(meanings[status], _named("Error")) for status in statuses}


def _parameter(name: str, offered: dict[str, Any], **more: Any) -> dict[str, Any]:
    required = name in _SCHEMAS["Query"]["required"]
    return {"name": name, "in": "query", "required": required, "schema": {**_TEXT, **offered}, **more}


def _parameters(domain: Domain | None) -> list[dict[str, Any]]:
    """Offer the names and months that can be asked for; which ones is known once a model is loaded."""
    branches = {} if domain is None else {"enum": list(domain.branches)}
    medicines = {} if domain is None else {"enum": list(domain.medicines)}
    offered = range(0) if domain is None else range(domain.first, domain.last + 1)
    examples = {months.name(month): {"value": months.name(month)} for month in offered}
    return [
        _parameter("branch", branches),
        _parameter("date", {"pattern": _DATE}, examples=examples),
        _parameter("medicine", medicines),
    ]


_ANSWER = _named("Answer")
_BODY = {"oneOf": [_named("Query"), {"type": "array", "maxItems": MAX_BATCH, "items": _named("Query")}]}
_ANSWERS = {"oneOf": [_ANSWER, {"type": "array", "maxItems": MAX_BATCH, "items": _ANSWER}]}


@cache
def document(domain: Domain | None) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document for a loaded model's domain, or for none yet."""
    ask = {
        "operationId": "predict",
        "summary": "Units of each medicine that a branch will be asked for in a month",
        "parameters": _parameters(domain),
        "responses": {"200": _response("forecasts", _ANSWER), **_errors(400, 404, 422, 500, 503)},
    }
    ask_by_body = {
        "operationId": "predictMany",
        "summary": "The same by body, for one query or a list",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
        "responses": {
            "200": _response("one answer, or a list in the order asked", _ANSWERS),
            **_errors(400, 404, 413, 415, 422, 500, 503),
        },
    }
    this = {
        "operationId": "document",
        "summary": "This document",
        "responses": {"200": _response("OpenAPI", {"type": "object"})},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pharmacy forecast", "version": "1.0.0"},
        "paths": {"/predict": {"get": ask, "post": ask_by_body}, "/openapi.json": {"get": this}},
        "components": {"schemas": _SCHEMAS},
    }
