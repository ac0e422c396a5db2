"""The agreement with the frontend, as a document that tests hold against live answers."""

from functools import cache
from typing import Any

from service import months, openapi_v2
from service.described import ID_HEADERS, TEXT, closed, errors, named, response
from service.model import Domain
from service.schema import MAX_BATCH, SERIES_FIELDS

_DATE = r"^\d{4}-\d{2}(-\d{2})?$"
_UNITS = {"type": "integer", "minimum": 0}
_MONTH = {"type": "string", "pattern": r"^\d{4}-\d{2}$"}
_MODEL = closed(
    {"version": TEXT, "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}}, ["version", "digest"]
)
_SCHEMAS: dict[str, Any] = {
    "Query": closed(
        {
            "branch": {"type": "string", "examples": ["Dubai Mall"]},
            "date": {"type": "string", "pattern": _DATE, "examples": ["2025-12", "2025-12-14"]},
            "medicine": {"type": ["string", "null"], "description": "only this one; all without it"},
        },
        ["branch", "date"],
    ),
    "Forecast": closed(
        {
            "medicine": TEXT,
            "units": _UNITS,
            "low": {**_UNITS, "description": "lower end of the 80 % interval"},
            "high": {**_UNITS, "description": "upper end of the 80 % interval"},
        },
        ["medicine", "units", "low", "high"],
    ),
    "Answer": closed(
        {
            "branch": TEXT,
            "month": _MONTH,
            "forecasts": {"type": "array", "items": named("Forecast")},
            "model": _MODEL,
        },
        ["branch", "month", "forecasts", "model"],
    ),
    "Catalogue": closed(
        {
            "branches": {"type": "array", "items": TEXT},
            "medicines": {"type": "array", "items": TEXT},
            "first": {**_MONTH, "description": "first month that can be forecast"},
            "last": {**_MONTH, "description": "last month that can be forecast"},
            "model": _MODEL,
        },
        ["branches", "medicines", "first", "last", "model"],
    ),
    "Series": closed(
        {
            "medicine": TEXT,
            "units": {
                "type": "array",
                "items": {"type": ["integer", "null"], "minimum": 0},
                "description": "one for each month from first to last, null where none were recorded",
            },
            "stockouts": {
                "type": "array", "items": _MONTH,
                "description": "months in which the stock ran out: at least so many units were wanted",
            },
        },
        ["medicine", "units", "stockouts"],
    ),
    "History": closed(
        {
            "branch": TEXT,
            "first": {**_MONTH, "description": "first month of every series"},
            "last": {**_MONTH, "description": "last month of every series, before the first forecast"},
            "series": {"type": "array", "items": named("Series")},
            "model": _MODEL,
        },
        ["branch", "first", "last", "series", "model"],
    ),
    "Error": closed(
        {
            "code": {
                "enum": [
                    "bad_request", "bad_json", "bad_field", "unknown_field", "missing_field",
                    "unknown_branch", "unknown_medicine", "unknown_path", "method_not_allowed",
                    "body_too_large", "batch_too_large", "unsupported_media_type",
                    "bad_date", "outside_horizon", "not_ready", "overloaded",
                    "bad_prediction", "no_history", "fault", "http_error", "internal",
                ],
            },
            "message": TEXT,
            "request_id": TEXT,
            "field": {"type": "string", "description": "the member of the query that is wrong"},
            "index": {"type": "integer", "description": "the query of the list that is wrong"},
            "nearest": {"type": "array", "items": TEXT, "description": "known names like the one given"},
            "first": {"type": "string", "description": "first month that can be forecast"},
            "last": {"type": "string", "description": "last month that can be forecast"},
        },
        ["code", "message", "request_id"],
    ),
}  # fmt: skip


def _parameter(name: str, offered: dict[str, Any], **more: Any) -> dict[str, Any]:
    required = name in _SCHEMAS["Query"]["required"]
    return {"name": name, "in": "query", "required": required, "schema": {**TEXT, **offered}, **more}


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


_ANSWER = named("Answer")
_CACHED = {
    "ETag": {"description": "for If-None-Match; another one after each release", "schema": TEXT},
    "Cache-Control": {"description": "no-cache: keep it, ask before each use", "schema": TEXT},
}
_UNCHANGED = {"description": "what the client has is what would be sent", "headers": ID_HEADERS | _CACHED}
_BODY = {"oneOf": [named("Query"), {"type": "array", "maxItems": MAX_BATCH, "items": named("Query")}]}
_ANSWERS = {"oneOf": [_ANSWER, {"type": "array", "maxItems": MAX_BATCH, "items": _ANSWER}]}


@cache
def document(domain: Domain | None) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document for a loaded model's domain, or for none yet."""
    ask = {
        "operationId": "predict",
        "summary": "Units of each medicine that a branch will be asked for in a month",
        "parameters": _parameters(domain),
        "responses": {
            "200": response("forecasts", _ANSWER, **_CACHED),
            "304": _UNCHANGED,
            **errors("Error", 400, 404, 422, 500, 503),
        },
    }
    ask_by_body = {
        "operationId": "predictMany",
        "summary": "The same by body, for one query or a list",
        "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
        "responses": {
            "200": response("one answer, or a list in the order asked", _ANSWERS),
            **errors("Error", 400, 404, 413, 415, 422, 500, 503),
        },
    }
    catalogue = {
        "operationId": "catalogue",
        "summary": "The names and the months that can be asked for",
        "responses": {
            "200": response("names and months", named("Catalogue"), **_CACHED),
            "304": _UNCHANGED,
            **errors("Error", 500, 503),
        },
    }
    history = {
        "operationId": "history",
        "summary": "Units sold in the months before the first forecast",
        "parameters": [each for each in _parameters(domain) if each["name"] in SERIES_FIELDS],
        "responses": {
            "200": response("one series for each medicine", named("History"), **_CACHED),
            "304": _UNCHANGED,
            **errors("Error", 400, 404, 500, 503),
        },
    }
    this = {
        "operationId": "document",
        "summary": "This document",
        "responses": {"200": response("OpenAPI", {"type": "object"})},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pharmacy forecast", "version": "1.0.0"},
        "paths": {
            "/predict": {"get": ask, "post": ask_by_body},
            "/catalogue": {"get": catalogue},
            "/history": {"get": history},
            "/openapi.json": {"get": this},
            **openapi_v2.paths(),
        },
        "components": {"schemas": _SCHEMAS | openapi_v2.SCHEMAS},
    }
