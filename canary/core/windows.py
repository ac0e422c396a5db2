"""Which stretch of time a reading must cover, so that every answer is held against the right weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canary.core.model import Status

RECENT = 60.0


@dataclass(frozen=True, slots=True)
class Windows:
    """Starts of the three windows of a Reading, in seconds since the epoch."""

    since: float
    settled: float
    recent: float


def windows(status: Status, now: float, settle: float) -> Windows:
    """Derive the windows from what is known before the look.

    Until the weight is confirmed they begin where it was asked for. The split counts anew when a
    role had no pods for a while: the proxy sends everything to the other one then, and is right
    to. The last minute never reaches back before this canary had users, or an earlier canary's
    answers behind the same role would be blamed on it.
    """
    asked = status.weight_confirmed or status.progress_at
    return Windows(
        since=asked,
        settled=max(asked, status.settled_since) + settle,
        recent=max(now - RECENT, status.exposed_at or now),
    )


def in_force(status: Status) -> bool:
    """Tell whether the weight is known to be on the route, with pods behind both roles, since some time."""
    return status.weight_confirmed > 0 and status.settled_since > 0
