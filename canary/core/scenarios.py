"""The canaries that are worth asking about, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from canary.core.model import Rules
    from canary.core.simulation import End, Outcome, Service

_SLOW = 0.1
_NORMAL = 1.959963984540054  # quantile of the normal distribution that leaves 2.5 % above


@dataclass(frozen=True, slots=True)
class Scenario:
    """A canary worth asking about."""

    name: str
    canary: Service


@dataclass(frozen=True, slots=True)
class Chance:
    """A share of runs, and between which ends the true chance lies with 95 % confidence."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some figures, and what 95 % of them do not exceed."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Group:
    """All runs that ended alike: how often that was, after how many seconds and bad answers."""

    outcome: Outcome
    cause: str
    chance: Chance
    seconds: Spread
    bad: Spread


def scenarios(rules: Rules, stable: Service) -> tuple[Scenario, ...]:
    """The canaries worth asking about: by the rule on errors, or by that on latency if there is no other.

    The margin is that before 100 %: a canary so much worse is promoted with 1 - confidence at most.
    """
    judged = "errors" if rules.errors else "slow"
    rule = rules.errors or rules.latency
    added = {
        "as good as stable": 0.0,
        "worse by the risk margin": rules.risk + (rule.tolerance if rule else 0.0),
        "+1 point": 0.01,
        "+5 points": 0.05,
        "total failure": 1.0,
    }
    found = [Scenario(name, _worse(stable, judged, points)) for name, points in added.items()]
    if rules.errors and rules.latency:
        found.append(Scenario("slow", _worse(stable, "slow", rules.latency.tolerance + _SLOW)))
    return tuple(found)


def summary(ends: Sequence[End]) -> tuple[Group, ...]:
    """Group runs by how they ended, the commonest way first."""
    ways: Counter[tuple[Outcome, str]] = Counter((end.outcome, end.cause) for end in ends)
    return tuple(
        _group([end for end in ends if (end.outcome, end.cause) == way], len(ends))
        for way, _ in ways.most_common()
    )


def chance(happened: int, runs: int) -> Chance:
    """How likely something is that happened in so many of all runs.

    The score interval of Wilson 1927, which is sound at the ends, too: 0 of 200 is 0 to 1.9 %.
    """
    share, squared = happened / runs, _NORMAL**2
    middle = (share + squared / (2 * runs)) / (1 + squared / runs)
    reach = _NORMAL * sqrt(share * (1 - share) / runs + squared / (2 * runs) ** 2) / (1 + squared / runs)
    return Chance(share, min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach)))


def spread(figures: Sequence[float]) -> Spread:
    """The median and the 95th percentile by nearest rank, of at least one figure."""
    ranked = sorted(figures)
    return Spread(ranked[ceil(0.5 * len(ranked)) - 1], ranked[ceil(0.95 * len(ranked)) - 1])


def _group(ends: Sequence[End], runs: int) -> Group:
    return Group(
        outcome=ends[0].outcome,
        cause=ends[0].cause,
        chance=chance(len(ends), runs),
        seconds=spread([end.seconds for end in ends]),
        bad=spread([end.bad for end in ends]),
    )


def _worse(stable: Service, judged: str, points: float) -> Service:
    return replace(stable, **{judged: min(1.0, getattr(stable, judged) + points)})
