"""Queries and forecasts as the tensors of the Open Inference Protocol V2."""

from dataclasses import dataclass
from typing import Any

from service import schema
from service.errors import ApiError
from service.model import Domain
from service.schema import FIELDS, MAX_BATCH, REQUIRED, Query, short
from service.table import Table

NUMBERS = ("units", "low", "high")
OUTPUTS = ("medicine", *NUMBERS)
METADATA: dict[str, list[dict[str, Any]]] = {
    "inputs": [{"name": name, "datatype": "BYTES", "shape": [-1]} for name in FIELDS],
    "outputs": [
        {"name": name, "datatype": "INT64" if name in NUMBERS else "BYTES", "shape": [-1, -1]}
        for name in OUTPUTS
    ],
}
"""The input `medicine` may be left out: a row then holds all medicines instead of one."""

_MEMBERS = {"id", "parameters", "inputs", "outputs"}
_OF_INPUT = {"name", "shape", "datatype", "parameters", "data"}


@dataclass(frozen=True, slots=True)
class Inference:
    """A request: `queries` by row, the names of the tensors wanted, and the caller's id."""

    id: str | None
    queries: list[Query]
    outputs: tuple[str, ...]


def read(body: bytes, domain: Domain) -> Inference:
    """Read the body of an inference; ApiError names the tensor or row that is wrong."""
    content = _object(schema.decoded(body), _MEMBERS, "the body")
    given = content.get("id")
    if given is not None and not isinstance(given, str):
        raise ApiError(400, "bad_field", "id must be a string")
    wanted = _outputs(content.get("outputs"))
    columns = _inputs(content.get("inputs"))
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return Inference(given, [_query(index, row, domain) for index, row in enumerate(rows)], wanted)


def write(asked: Inference, table: Table) -> list[dict[str, Any]]:
    """Return the wanted tensors, (row, medicine) each, their data flat and row by row."""
    rows = [table.forecasts(query.branch, query.month, query.medicine) for query in asked.queries]
    shape = [len(rows), len(rows[0])]
    columns: dict[str, list[Any]] = {
        "medicine": [
            medicine
            for query in asked.queries
            for medicine in (table.domain.medicines if query.medicine is None else (query.medicine,))
        ],
        **{name: [int(cell[at]) for row in rows for cell in row] for at, name in enumerate(NUMBERS)},
    }
    described = {one["name"]: one for one in METADATA["outputs"]}
    return [{**described[name], "shape": shape, "data": columns[name]} for name in asked.outputs]


def _query(index: int, row: dict[str, str], domain: Domain) -> Query:
    try:
        return schema.query(row, domain)
    except ApiError as error:
        nearest = error.details.get("nearest")
        hint = f": the nearest are {', '.join(nearest)}" if isinstance(nearest, list) and nearest else ""
        raise ApiError(error.status, error.code, f"row {index}: {error.message}{hint}") from None


def _outputs(given: Any) -> tuple[str, ...]:
    if given is None or given == []:
        return OUTPUTS
    if not isinstance(given, list):
        raise ApiError(400, "bad_field", "outputs must be a list")
    names: list[str] = []
    for one in given:
        name = _object(one, {"name", "parameters"}, "an output").get("name")
        if not isinstance(name, str) or name not in OUTPUTS:
            raise ApiError(400, "bad_field", f"there is no such output: there are {', '.join(OUTPUTS)}")
        names.append(name)
    if len(set(names)) < len(names):
        raise ApiError(400, "bad_field", "an output is asked for more than once")
    return tuple(names)


def _inputs(given: Any) -> dict[str, list[str]]:
    """Return the data of each input; all have the same number of rows, from 1 to MAX_BATCH."""
    if not isinstance(given, list):
        raise ApiError(400, "missing_field", "inputs is missing: a list of tensors")
    columns: dict[str, list[str]] = {}
    for one in given:
        tensor = _object(one, _OF_INPUT, "an input")
        name = tensor.get("name")
        if not isinstance(name, str) or name not in FIELDS:
            raise ApiError(400, "unknown_field", f"there is no such input: there are {', '.join(FIELDS)}")
        if name in columns:
            raise ApiError(400, "bad_field", f"input {name} is given more than once")
        columns[name] = _texts(name, tensor)
    for name in REQUIRED:
        if name not in columns:
            raise ApiError(400, "missing_field", f"input {name} is missing")
    sizes = {len(texts) for texts in columns.values()}
    if len(sizes) > 1:
        raise ApiError(400, "bad_field", "the inputs differ in their number of rows")
    if sizes == {0}:
        raise ApiError(400, "bad_field", "the inputs have no row")
    return columns


def _texts(name: str, tensor: dict[str, Any]) -> list[str]:
    if tensor.get("datatype") != "BYTES":
        raise ApiError(400, "bad_field", f"input {name} must be of datatype BYTES")
    shape, data = tensor.get("shape"), tensor.get("data")
    if not (isinstance(shape, list) and all(type(size) is int for size in shape)):
        raise ApiError(400, "bad_field", f"input {name}: shape must be a list of whole numbers")
    if len(shape) not in {1, 2} or shape[1:] not in ([], [1]):
        raise ApiError(400, "bad_field", f"input {name}: shape must be [rows] or [rows, 1]")
    if not (isinstance(data, list) and all(isinstance(text, str) for text in data)):
        raise ApiError(400, "bad_field", f"input {name}: data must be a flat list of strings")
    if len(data) != shape[0]:
        raise ApiError(400, "bad_field", f"input {name}: {len(data)} data, its shape says {shape[0]}")
    if len(data) > MAX_BATCH:
        raise ApiError(413, "batch_too_large", f"{len(data)} rows, at most {MAX_BATCH} at once")
    return data


def _object(content: Any, members: set[str], what: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise ApiError(400, "bad_json", f"{what} must be an object")
    for name in content:
        if name not in members:
            raise ApiError(400, "unknown_field", f"{what} has no member {short(name)}")
    if not isinstance(content.get("parameters"), dict | None):
        raise ApiError(400, "bad_field", f"{what}: parameters must be an object")
    return content
