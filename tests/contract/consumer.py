"""What the dashboard needs of the forecast, in `forecast_consumer.json`: both sides are held to that file.

The dashboard's client is run against a provider that is made of the file, and the service answers the
file's requests. An answer may have more than the file has; what the file has must be there, of the same
kind, and equal where `equal` says so (JSON pointers). A list's first example stands for all its items.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).with_name("forecast_consumer.json")
INTERACTIONS: dict[str, dict[str, Any]] = {
    each["what"]: each for each in json.loads(FILE.read_text(encoding="utf-8"))["interactions"]
}


def complaints(expected: dict[str, Any], status: int, headers: dict[str, str], body: Any) -> list[str]:
    """What a provider's answer lacks of the expected one; nothing when it will do."""
    found = [] if status == expected["status"] else [f"status: {status}, not {expected['status']}"]
    known = {name.casefold() for name in headers}
    found += [f"no {name}" for name in expected.get("headers", []) if name.casefold() not in known]
    if "body" not in expected:
        return found
    found += _unlike(expected["body"], body, "")
    if found:
        return found
    return [
        f"{pointer}: {at(body, pointer)!r}, not {at(expected['body'], pointer)!r}"
        for pointer in expected["equal"]
        if at(body, pointer) != at(expected["body"], pointer)
    ]


def _unlike(example: Any, given: Any, where: str) -> list[str]:
    if isinstance(example, dict) and isinstance(given, dict):
        missing = [f"{where}/{name}: missing" for name in example if name not in given]
        shared = (name for name in example if name in given)
        return missing + [
            text for name in shared for text in _unlike(example[name], given[name], f"{where}/{name}")
        ]
    if isinstance(example, list) and isinstance(given, list):
        return _items_unlike(example, given, where)
    return [] if type(example) is type(given) else [f"{where}: {given!r} is no {type(example).__name__}"]


def _items_unlike(examples: list[Any], given: list[Any], where: str) -> list[str]:
    """Hold every item against the first example; null may stand for one where an example is null."""
    first = next((each for each in examples if each is not None), None)
    if first is None:
        return []
    present = [(index, each) for index, each in enumerate(given) if not (None in examples and each is None)]
    return [text for index, each in present for text in _unlike(first, each, f"{where}/{index}")]


def at(body: Any, pointer: str) -> Any:
    """The value that a JSON pointer leads to, None where there is none."""
    for step in pointer.split("/")[1:]:
        try:
            body = body[int(step)] if isinstance(body, list) else body[step]
        except (LookupError, ValueError, TypeError):
            return None
    return body


def members(body: Any, where: str = "") -> Iterator[str]:
    """The pointer of every member of every object in a body."""
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in pairs:
        if isinstance(body, dict):
            yield f"{where}/{name}"
        yield from members(value, f"{where}/{name}")


def without(body: Any, pointer: str) -> Any:
    """A copy of a body that lacks one member."""
    changed = copy.deepcopy(body)
    parent, _, name = pointer.rpartition("/")
    del at(changed, parent)[name]
    return changed
