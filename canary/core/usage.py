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
        if limit is None:
            continue
        if found is None:
            yield Evidence(name, View.APPLICATION, Verdict.PASS, Tally(0, 0, 0, 0), _EARLY)
            continue
        yield _row(name, limit, _share(found.canary, name), _share(found.stable, name), back=rule.rollback)


def _row(name: str, limit: float, canary: float | None, stable: float | None, *, back: bool) -> Evidence:
    """Containers belong to the application, whether or not that counts requests."""
    above = canary is not None and canary > limit
    alike = stable is not None and stable > limit
    failed = above and not alike and back
    return Evidence(
        rule=name,
        view=View.APPLICATION,
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        tally=Tally(0, 0, 0, 0),
        detail=_detail(name, limit, canary, stable),
        warning=above or canary is None,
    )


def _detail(name: str, limit: float, canary: float | None, stable: float | None) -> str:
    if canary is None:
        return _UNKNOWN[name]
    beside = "unknown" if stable is None else percent(stable)
    said = f"{percent(canary)} {_MEANING[name]}, stable {beside}, limit {percent(limit)}"
    alike = canary > limit and stable is not None and stable > limit
    return f"{said}: stable is above it too" if alike else said


def _share(usage: Usage, name: str) -> float | None:
    return usage.throttled if name == THROTTLED else usage.memory
