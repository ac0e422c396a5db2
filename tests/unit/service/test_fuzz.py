"""Whatever is sent to a documented operation: the answer is documented, and never the service's fault."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import openapi
from service.model import Domain

from .agreement import JSON, documented

DOCUMENT = openapi.document(Domain(("Dubai Mall", "Karama"), ("Paracetamol 500 mg",), 24311, 24323))
OPERATIONS = [
    (path, method) for path, found in DOCUMENT["paths"].items() for method in found if method != "parameters"
]
JUNK = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just([]) | st.just({})
)
TEXTS = st.sampled_from([
    "Dubai Mall", "Karama", "2025-12", "2026-02-28", "2025-02-29", "v1", "forecast", "Paracetamol 500 mg",
    "2031-01", "", "\x00", "\ud800", "\u0662\u0660\u0662\u0665-12", "x" * 300, "a/b", "..", "%2e",
]) | st.text(max_size=12)  # fmt: skip
SIZES = st.integers(-1, 3)


@cache
def like(schema: str) -> st.SearchStrategy[Any]:
    """Values that mostly fit a schema, given as JSON text, with junk at any place of them."""
    return st.one_of(_fitting(json.loads(schema)), *[_fitting(json.loads(schema))] * 4, JUNK)


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return st.deferred(lambda: _fitting(DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]]))
    if "oneOf" in schema:
        return st.one_of(*(_fitting(one) for one in schema["oneOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of(*(_of_type(kind, schema) for kind in kinds))


def _of_type(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "object":
        members = {name: like(json.dumps(one)) for name, one in schema.get("properties", {}).items()}
        required = {name: members[name] for name in schema.get("required", [])}
        optional = {name: one for name, one in members.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if kind == "array":
        return st.lists(like(json.dumps(schema["items"])), min_size=schema.get("minItems", 0), max_size=4)
    return {"string": TEXTS, "integer": SIZES, "null": st.none()}[kind]


@st.composite
def inferences(draw: st.DrawFn) -> Any:
    """Tensors that belong together, so that the fuzz gets behind the checks of their shapes."""
    rows = draw(st.integers(1, 3))
    tensors = [
        {"name": name, "datatype": "BYTES", "shape": [rows], "data": [draw(TEXTS) for _ in range(rows)]}
        for name in draw(st.sampled_from([["branch", "date"], ["date", "medicine", "branch"]]))
    ]
    return {"inputs": tensors, "id": draw(TEXTS)}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_answer_is_documented_and_none_is_a_failure(
    deployed: Any, path: str, method: str, data: st.DataObject
) -> None:
    sent: dict[str, Any] = {}
    if "requestBody" in DOCUMENT["paths"][path][method]:
        schema = json.dumps(DOCUMENT["paths"][path][method]["requestBody"]["content"][JSON]["schema"])
        bodies = like(schema) | inferences() if path.endswith("/infer") else like(schema)
        sent = {"data": data.draw(bodies.map(json.dumps) | st.binary(max_size=99)), "content_type": JSON}
    elif path == "/predict":
        names = st.sampled_from(["branch", "date", "medicine"]) | st.text(max_size=5)
        pairs = st.lists(st.tuples(names, TEXTS.map(lambda text: text.encode("utf-8", "replace").decode())))
        sent = {"query_string": dict(data.draw(pairs))}
    filled = path.replace("{model}", data.draw(st.sampled_from(["forecast", "forecast", "x", "%00"])))
    filled = filled.replace("{version}", data.draw(st.sampled_from(["v1", "v1", "v0", "%ff"])))
    answer = deployed.client.open(filled, method=method.upper(), **sent)
    assert answer.status_code < 500, answer.text
    documented(deployed.client, answer)
