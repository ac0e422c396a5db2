"""Durations and shares as operators write them, and both back as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", re.ASCII)
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)%", re.ASCII)
_FIGURE = re.compile(r"-?[0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?", re.ASCII)
_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_LONGEST = 16


def seconds(text: object) -> float:
    """Read a duration such as 250ms, 60s, 1.5m or 2h; ValueError when it is none."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None:
        raise ValueError("must be a duration such as 250ms, 60s, 10m or 1h")
    return float(Decimal(found[1]) * _SECONDS[found[2]])


def share(text: object) -> float:
    """Read a percentage such as 1% or 99.5% as a share of 1; ValueError when it is none."""
    found = _SHARE.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None or Decimal(found[1]) > 100:
        raise ValueError("must be a percentage from 0% to 100%, such as 1% or 99.5%")
    return float(Decimal(found[1]) / 100)


def percent(rate: float) -> str:
    """Write a share of 1 with the digits that small rates need: 0.5 %, 12 %."""
    return f"{100 * rate:.3g} %"


def sentence(text: str) -> str:
    """Keep foreign words from filling a status: 240 bytes at most."""
    return clipped(text, 240)


def clipped(text: str, most: int) -> str:
    """Cut a text to so many bytes, and show that it was cut."""
    raw = text.encode(errors="replace")
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "..."


def figures(text: str) -> tuple[Decimal, ...]:
    """The numbers of a sentence in their order, whatever words, units and commas stand around them."""
    return tuple(Decimal(found.replace(",", "")) for found in _FIGURE.findall(text))


def clock(time: float) -> str:
    """Write an instant as the time of day in UTC."""
    return f"{datetime.fromtimestamp(time, UTC):%H:%M:%S} UTC"
