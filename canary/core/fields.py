"""Fields of a foreign object, read with the type they must have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class SpecError(ValueError):
    """One field of a CanaryRelease cannot be accepted; the message starts with its path."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value and the path that leads to it, so that every complaint can say where."""

    path: str
    value: Any

    def get(self, key: str, default: Any = None) -> Field:
        value = self.value.get(key)
        return Field(f"{self.path}.{key}" if self.path else key, default if value is None else value)

    def wrong(self, remedy: str) -> SpecError:
        return SpecError(f"{self.path or 'object'}: is {_short(self.value)}: {remedy}")

    def mapping(self) -> Field:
        if not isinstance(self.value, Mapping):
            raise self.wrong("must be an object with fields")
        return self

    def items(self, most: int) -> list[Field]:
        if not isinstance(self.value, Sequence) or isinstance(self.value, str) or not self.value:
            raise self.wrong("must be a list with at least one item")
        if len(self.value) > most:
            raise SpecError(f"{self.path}: has {len(self.value)} items: keep at most {most}")
        return [Field(f"{self.path}[{index}]", item) for index, item in enumerate(self.value)]

    def text(self, default: str = "") -> str:
        value = default if self.value is None else self.value
        if not isinstance(value, str) or not value:
            raise self.wrong("must be a text that is not empty")
        return value

    def whole(self, least: int, most: int, default: int | None = None) -> int:
        value = default if self.value is None else self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(f"must be a whole number from {least} to {most}")
        return value

    def flag(self) -> bool:
        if self.value is not None and not isinstance(self.value, bool):
            raise self.wrong("must be true or false")
        return bool(self.value)

    def read(self, reader: Callable[[Any], float]) -> float:
        try:
            return reader(self.value)
        except ValueError as error:
            raise self.wrong(str(error)) from error


def _short(value: Any) -> str:
    text = "missing" if value is None else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
