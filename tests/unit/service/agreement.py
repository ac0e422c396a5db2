"""Holds live answers against what /openapi.json says of their path, method and status."""

import re
from typing import Any

from openapi_schema_validator import OAS31Validator

JSON = "application/json"


def operation_of(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    """The documented operation that a request's path and method belong to."""
    for template, operations in document["paths"].items():
        if re.fullmatch(re.sub(r"\\{[a-z]+\\}", "[^/]+", re.escape(template)), path):
            return dict(operations[method.lower()])
    raise AssertionError(f"{method} {path} is not documented")


def documented(client: Any, answer: Any) -> Any:
    """The body, after it was held against the document."""
    document = client.get("/openapi.json").json
    operation = operation_of(document, answer.request.path, answer.request.method)
    assert str(answer.status_code) in operation["responses"], (answer.request.path, answer.text)
    promised = set(operation["responses"][str(answer.status_code)].get("headers", {}))
    assert promised - {"X-Revision"} <= set(answer.headers.keys()), answer.request.path
    if answer.status_code == 304:
        assert not answer.data
        return None
    described = operation["responses"][str(answer.status_code)]["content"][JSON]["schema"]
    assert answer.content_type == JSON
    OAS31Validator({**described, "components": document["components"]}).validate(answer.json)
    return answer.json
