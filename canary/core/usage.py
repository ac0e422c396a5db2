"""What the canary's containers use, held against an operator's limits: CPU throttling and memory.

A share of the last minute, without odds: nobody throws dice here. So such a rule proves nothing and never
holds a release up. It tells people, or takes the release back, where the canary is above a limit that stable
keeps; where stable is above it as well, a way back would help nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.margin import Tally
from canary.core.model import Evidence, Verdict, View
from canary.core.model.words import MEMORY, THROTTLED
from canary.core.units import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.model import ResourceRule, Rules, Usage, Usages

_MEANING = {THROTTLED: "of CPU periods throttled", MEMORY: "of the memory limit in use"}
EARLY_SECONDS = 75.0  # of users: the minute that is looked at, and the seconds of its scrapes
_EARLY = f"looked at once the canary has had users for {EARLY_SECONDS:.0f} s"
_UNKNOWN = {
    THROTTLED: "no container with a CPU limit has run for two minutes, or nobody scrapes the kubelet",
    MEMORY: "no container with a memory limit has run for two minutes, or nobody scrapes the kubelet",
}


def due(rules: Rules, exposed: float, now: float) -> bool:
    """Tell whether the metrics store has to be asked, by when the canary met its first user (0: never)."""
    rule = rules.resources
    return bool(rule and rule.measured and exposed and now - exposed >= EARLY_SECONDS)


def judge(rules: Rules, usages: Usages | None) -> tuple[Evidence, ...]:
    """One row for each limit that the rules have."""
    return tuple(_rows(rules.resources, usages)) if rules.resources else ()


def _rows(rule: ResourceRule, found: Usages | None) -> Iterator[Evidence]:
    for name, limit in ((THROTTLED, rule.throttled), (MEMORY, rule.memory)):
        if limit is not None:
            verdict, detail, warning = _judged(name, limit, found, back=rule.rollback)
            # Containers belong to the application, whether or not that counts requests.
            tally = Tally(0, 0, 0, 0)
            yield Evidence(name, View.APPLICATION, verdict, tally, detail, warning=warning)


def _judged(name: str, limit: float, found: Usages | None, *, back: bool) -> tuple[Verdict, str, bool]:
    """The verdict, why, and whether people should look at it."""
    if found is None:
        return Verdict.PASS, _EARLY, False
    canary, stable = _share(found.canary, name), _share(found.stable, name)
    if canary is None:
        return Verdict.PASS, _UNKNOWN[name], True
    beside = "unknown" if stable is None else percent(stable)
    said = f"{percent(canary)} {_MEANING[name]}, stable {beside}, limit {percent(limit)}"
    if canary <= limit:
        return Verdict.PASS, said, False
    if stable is not None and stable > limit:
        return Verdict.PASS, f"{said}: stable is above it too", True
    return (Verdict.FAIL if back else Verdict.PASS), said, True


def _share(usage: Usage, name: str) -> float | None:
    return usage.throttled if name == THROTTLED else usage.memory
