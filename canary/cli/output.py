"""The answer in the form that was asked for: for people, for programs, for xargs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from canary.cli.terminal import Terminal

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}
_GAP = "   "


@dataclass(frozen=True, slots=True)
class Answer:
    """One result in all its forms; `document` is JSON-ready and its keys are a promise."""

    document: Any
    lines: tuple[str, ...]
    names: tuple[str, ...] = ()


def emit(terminal: Terminal, form: str, answer: Answer) -> None:
    """Write the answer to stdout in `form`: json, yaml, name or table."""
    if form == "json":
        terminal.say(json.dumps(answer.document, indent=2, ensure_ascii=False))
    elif form == "yaml":
        terminal.say(_yaml(answer.document))
    else:
        for line in answer.names if form == "name" else answer.lines:
            terminal.say(line)


def _yaml(document: Any) -> str:
    import yaml  # noqa: PLC0415 - costs start-up time that most calls need not pay

    plain = json.loads(json.dumps(document))
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    return text.rstrip("\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Left-aligned columns without ruler lines, as kubectl prints them."""
    cells = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    return tuple(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def painted(text: str, colour: str, *, wanted: bool) -> str:
    """`text` in that colour, or as it is when colour is not wanted."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if wanted else text
