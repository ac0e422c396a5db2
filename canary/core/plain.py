"""Dataclasses as plain JSON values, both ways and to the last bit, by nothing but their fields.

A field that has its default is left out. Numbers stay numbers: JSON as Python writes it carries a float as
the shortest text that reads back as the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum, IntEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from canary.core import model
from canary.core.codec import camel

_Record = TypeVar("_Record")

# What the modules that hold the records import for their annotations alone.
_NAMES = {"Mapping": Mapping} | {name: getattr(model, name) for name in model.__all__}
_INFINITE = ("inf", "-inf")
_SCALARS = {
    float: (int | float, "a number"),
    int: (int, "a whole number"),
    bool: (bool, "true or false"),
    str: (str, "a text"),
}


class NonsenseError(ValueError):
    """A value that cannot be what it should be; the message starts with its path."""


def written(value: Any) -> Any:
    """Spell a record as what `json.dumps` takes: keys in camelCase, members of an enumeration by name."""
    if is_dataclass(value):
        parts = [(each, getattr(value, each.name)) for each in fields(value)]
        return {camel(each.name): written(part) for each, part in parts if part != each.default}
    if isinstance(value, Mapping):
        return {written(name): written(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [written(part) for part in value]
    if isinstance(value, Enum):
        return value.name if isinstance(value, IntEnum) else value.value
    return str(value) if isinstance(value, float) and str(value) in _INFINITE else value


def read(record: type[_Record], value: Any) -> _Record:
    """Read what `written` wrote; NonsenseError names the field that is wrong, and how."""
    return cast("_Record", _dataclass(record, value, record.__name__.lower()))


def _dataclass(record: Any, value: Any, path: str) -> Any:
    known = {camel(each.name): each for each in fields(record)}
    found = _object(value, path)
    if strange := [name for name in found if name not in known]:
        raise NonsenseError(f"{path}.{strange[0]}: is unknown: was it written by a newer version?")
    if lacking := [name for name, each in known.items() if name not in found and each.default is MISSING]:
        raise NonsenseError(f"{path}.{lacking[0]}: is missing")
    kinds = _kinds(record)
    parts = [(known[name].name, part, f"{path}.{name}") for name, part in found.items()]
    return record(**{name: _any(kinds[name], part, place) for name, part, place in parts})


@cache
def _kinds(record: type) -> dict[str, Any]:
    return get_type_hints(record, localns=_NAMES)


def _any(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, UnionType):
        return None if value is None else _any(get_args(kind)[0], value, path)
    if is_dataclass(kind):
        return _dataclass(kind, value, path)
    if get_origin(kind) is not None:
        return _several(kind, value, path)
    return value if kind is Any else _one(kind, value, path)


def _several(kind: Any, value: Any, path: str) -> Any:
    """Read a tuple of any length, or a mapping."""
    first, second = get_args(kind)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise NonsenseError(f"{path}: must be a list")
        return tuple(_any(first, part, f"{path}[{number}]") for number, part in enumerate(value))
    found = _object(value, path)
    return {_any(first, name, path): _any(second, part, f"{path}.{name}") for name, part in found.items()}


def _one(kind: Any, value: Any, path: str) -> Any:
    if issubclass(kind, Enum):
        members = {written(member): member for member in kind}
        if not isinstance(value, str) or value not in members:
            raise NonsenseError(f"{path}: must be one of {', '.join(members)}")
        return members[value]
    if kind is float and isinstance(value, str) and value in _INFINITE:
        return float(value)
    accepted, words = _SCALARS[kind]
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise NonsenseError(f"{path}: must be {words}")
    return kind(value)


def _object(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise NonsenseError(f"{path}: must be an object")
    return value
