"""Which stretch of time a reading must cover, so that every answer is held against the right weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core.checkpoint import until
from canary.core.model import Phase, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.model import Status

RECENT = 60.0
LATELY = 30.0  # in which a proxy that was late shows that it follows now
LONGEST = 600.0
HISTORY = 120.0


@dataclass(frozen=True, slots=True)
class Windows:
    """What a Reading must cover, in seconds since the epoch.

    `since` is the end of the last tick that was taken in, by view; `exposed` is when this canary
    met its first user, 0 while it has not: earlier answers in its role are an earlier canary's.
    `step`, `settled` and `recent` begin the windows of a Reading's `step`, `split` and `recent`.
    """

    since: Mapping[View, float]
    exposed: float
    step: float
    settled: float
    recent: float


def windows(status: Status, now: float, settle: float) -> Windows:
    """Derive the windows from what is known before the look.

    Evidence is a function of everything since the release began; what stable did in the two
    minutes before, as far as it was stable then, tells what to expect of it. The split counts anew
    when a role had no pods for a while: the proxy sends everything to the other one then, and is
    right to. On a way back nothing else is counted.
    """
    asked = status.weight_confirmed or status.progress_at
    # Whatever was written down before the release began may have changed who is behind a role.
    changed = [finished.ended for finished in status.history[-1:]]
    changed += [entry.time for entry in status.journal if entry.time <= status.started]
    begun = max(status.started - HISTORY, *changed, 0.0)
    known = until(status.checkpoint)
    # In whole minutes, so that a look may be answered by the one before.
    earliest = 60.0 * (now // 60) - LONGEST
    settled = max(max(asked, status.settled_since) + settle, earliest)
    if status.phase is Phase.ROLLING_BACK:
        return Windows(dict.fromkeys(View, settled), status.exposed_at, settled, settled, settled)
    return Windows(
        since={view: known.get(view, begun) for view in View},
        exposed=status.exposed_at,
        step=max(asked, earliest),
        settled=settled,
        recent=max(now - RECENT, status.exposed_at or now),
    )


def watched(status: Status) -> View | None:
    """The one view that is asked on a way back; None while a release is judged by all of them.

    Whom the stable Service led to the canary the proxy counts as stable's: only the application tells.
    """
    if status.phase is not Phase.ROLLING_BACK:
        return None
    return View.APPLICATION if status.by_service else View.EDGE


def in_force(status: Status) -> bool:
    """Tell whether the weight is known to be on the route, with pods behind both roles, since some time."""
    return status.weight_confirmed > 0 and status.settled_since > 0
