"""Figures and foreign text as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from canary.core.units import percent


def clean(text: str) -> str:
    """Put foreign text on one line without control characters: it must not be able to steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def span(seconds: float) -> str:
    """Write a duration in its two largest units: 42s, 5m10s, 3h2m, 4d."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    units = ((days, "d", hours_left, "h"), (hours, "h", minutes_left, "m"), (minutes, "m", rest, "s"))
    for large, unit, small, part in units:
        if large:
            return f"{large}{unit}{small}{part}" if small else f"{large}{unit}"
    return f"{rest}s"


def ago(time: float, now: float) -> str:
    """Write how long `time` is past; a dash when it is not known."""
    return f"{span(now - time)} ago" if time else "-"


def stamp(time: float) -> str:
    """Write an instant as RFC 3339 UTC to the second; a dash when it is not known."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else "-"


def tally(bad: int, requests: int, value: float | None) -> str:
    """Write bad answers of all answers, and their share: 3 of 412 (0.73 %)."""
    return "no requests" if value is None else f"{bad} of {requests} ({percent(value)})"
