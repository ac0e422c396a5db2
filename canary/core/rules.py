"""All rules in both views: one row of evidence each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canary.core.evidence import judge, name_of
from canary.core.model import ErrorRule, Evidence, LatencyRule, Pair, Verdict, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from canary.core.model import Reading, Rules

__all__ = ["rows", "tightest", "worst"]

_SAME_EDGE = 1e-9


def rows(rules: Rules, reading: Reading, weight: int, *, confirmed: bool) -> tuple[Evidence, ...]:
    """Judge every rule in every view at `weight`.

    Until the route was seen with that weight (`confirmed`), the numbers may belong to another
    one: then they can speak against the canary but not for it.
    """
    found = tuple(
        _row(rule, view, rules.samples, reading, concurrent=weight < 100)
        for rule in _given(rules)
        for view in View
    )
    return found if confirmed else tuple(_unconfirmed(row) for row in found)


def worst(evidence: Iterable[Evidence]) -> Evidence | None:
    """The row that decides: the highest verdict, the first of equals; None without any row."""
    return max(evidence, key=lambda row: row.verdict, default=None)


def tightest(evidence: Iterable[Evidence]) -> Evidence | None:
    """The row that stood on the fewest canary requests; None without any row."""
    return min(evidence, key=lambda row: row.pair.canary.requests, default=None)


def _given(rules: Rules) -> Iterator[ErrorRule | LatencyRule]:
    if rules.errors is not None:
        yield rules.errors
    if rules.latency is not None:
        yield rules.latency


def _row(
    rule: ErrorRule | LatencyRule, view: View, samples: int, reading: Reading, *, concurrent: bool
) -> Evidence:
    window, recent = reading.step.get(view, Pair()), reading.recent.get(view, Pair())
    if isinstance(rule, LatencyRule) and (problem := _edge_problem(rule, reading.edges.get(view, ()))):
        verdict = Verdict.ERROR if reading.edges.get(view) else Verdict.HOLD
        return Evidence(name_of(rule), view, verdict, window, problem, samples)
    return judge(rule, view, window, recent, samples, concurrent=concurrent)


def _edge_problem(rule: LatencyRule, edges: tuple[float, ...]) -> str:
    if not edges:
        return "no latency histogram has been seen yet"
    if any(abs(edge - rule.within) < _SAME_EDGE for edge in edges):
        return ""
    known = ", ".join(f"{edge:g}" for edge in sorted(edges))
    return (
        f"spec.rules.latency.within: {rule.within:g} s is no bucket edge of the histogram, so slower answers "
        f"cannot be counted: choose one of {known} s"
    )


def _unconfirmed(row: Evidence) -> Evidence:
    if row.verdict is not Verdict.PASS:
        return row
    return replace(row, verdict=Verdict.HOLD, detail="the weight has not been seen on the route yet")
