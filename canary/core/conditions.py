"""Conditions as kstatus reads them: what `helm --wait` and `kubectl wait` go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.core.model import Phase
from canary.core.times import epoch, rfc3339
from canary.core.units import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from canary.core.model import Status

_AT_REST = (Phase.HEALTHY, Phase.ROLLED_BACK)


def conditions(status: Status, previous: Iterable[Mapping[str, Any]], now: float) -> list[dict[str, Any]]:
    """Derive Ready, Reconciling and Stalled; a transition time moves only with its condition.

    A time that was never true, such as the default's 1970, is replaced by the first one who writes.
    """
    before = {each.get("type"): each for each in previous}
    stalled = bool(status.stalled) or status.phase is Phase.ROLLED_BACK
    moving = status.phase not in _AT_REST and not status.stalled
    ready = status.phase is Phase.HEALTHY and not status.stalled
    values = {"Ready": ready, "Reconciling": moving, "Stalled": stalled}
    return [_condition(name, str(value), status, before.get(name, {}), now) for name, value in values.items()]


def _condition(
    name: str,
    value: str,
    status: Status,
    before: Mapping[str, Any],
    now: float,
) -> dict[str, Any]:
    since = before.get("lastTransitionTime") if before.get("status") == value else None
    known = since if epoch(since) else None
    return {
        "type": name,
        "status": value,
        "reason": "Stalled" if status.stalled else str(status.phase),
        "message": sentence(status.stalled or status.reason),
        "observedGeneration": status.observed_generation,
        "lastTransitionTime": known or rfc3339(now)[:19] + "Z",
    }
