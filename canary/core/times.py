"""Instants as the API server writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(time: float) -> str:
    """Write seconds since the epoch as RFC 3339 in UTC with milliseconds; empty for 0."""
    if not time:
        return ""
    whole = datetime.fromtimestamp(round(time, 3), UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{whole.microsecond // 1000:03d}Z"


def epoch(text: object) -> float:
    """Read what `rfc3339` wrote, or any RFC 3339 time; 0 when it is none."""
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        return 0.0
    return max(0.0, round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp(), 3))
