"""Pieces that every part of the OpenAPI document is made of."""

from typing import Any

TEXT = {"type": "string"}
ID_HEADERS = {
    "X-Request-Id": {
        "description": "the caller's own, else the trace id of its traceparent, else a new one",
        "schema": TEXT,
    },
    "X-Model-Version": {"description": "the model that answers", "schema": TEXT},
    "X-Revision": {"description": "the revision of the pod, if it has one", "schema": TEXT},
}
MEANINGS = {
    400: "malformed query",
    404: "unknown branch, medicine or model, or no history",
    413: "body or list too large",
    415: "body is not JSON",
    422: "no date, or a month outside the horizon",
    500: "the service failed, or its model has no usable forecast",
    503: "not ready or overloaded, try again after Retry-After",
}


def closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Return the schema of an object that has these members and no other."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def named(name: str) -> dict[str, str]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def response(description: str, schema: dict[str, Any], **headers: dict[str, Any]) -> dict[str, Any]:
    """Return a response in JSON with the headers that each answer has, and others by their names."""
    return {
        "description": description,
        "headers": ID_HEADERS | headers,
        "content": {"application/json": {"schema": schema}},
    }


def errors(schema: str, *statuses: int) -> dict[str, Any]:
    """Return the responses of these error statuses."""
    return {str(status): response(MEANINGS[status], named(schema)) for status in statuses}
