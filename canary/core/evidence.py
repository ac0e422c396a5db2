"""The judgement: whether the numbers of one rule in one view speak for the canary, against it, or not yet.

`judge` is the only door; nothing else in Serin compares a canary with a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.binomial import rate_at_most, upper_tail
from canary.core.model import Counts, ErrorRule, Evidence, LatencyRule, Pair, Verdict
from canary.core.units import percent

if TYPE_CHECKING:
    from canary.core.model import View

FEWEST_CANARY = 5
FEWEST_STABLE = 20
_DOUBT = 0.001
_STABLE_DOUBT = 0.01


def judge(  # noqa: PLR0913 - the door that the evidence engine will stand behind
    rule: ErrorRule | LatencyRule,
    view: View,
    window: Pair,
    recent: Pair,
    samples: int,
    *,
    concurrent: bool,
) -> Evidence:
    """Weigh one rule in one view.

    `window` holds the step so far, `recent` the last minute at most; `samples` is the fewest
    canary requests for a PASS; `concurrent` says whether stable serves users at the same time.
    Never raises: counts that contradict themselves are a HOLD.
    """
    name = name_of(rule)
    if not (_sane(window) and _sane(recent)):
        return Evidence(name, view, Verdict.HOLD, window, "the counts contradict each other", samples)
    verdict, words = _failing(rule, window, recent, concurrent=concurrent) or _passing(
        rule, window, samples, concurrent=concurrent
    )
    needed = max(0, samples - window.canary.requests)
    return Evidence(name, view, verdict, window, f"{numbers(rule, window)}: {words}", needed)


def name_of(rule: ErrorRule | LatencyRule) -> str:
    """The rule's key in the spec."""
    return "errors" if isinstance(rule, ErrorRule) else "latency"


def bad(rule: ErrorRule | LatencyRule, counts: Counts) -> int:
    """The answers that the rule calls bad."""
    return counts.errors if isinstance(rule, ErrorRule) else counts.slow


def limit(rule: ErrorRule | LatencyRule) -> float:
    """The largest share of bad answers that the rule allows."""
    return rule.max if isinstance(rule, ErrorRule) else 1 - rule.share


def numbers(rule: ErrorRule | LatencyRule, pair: Pair) -> str:
    """Both sides in words, as the journal keeps them."""
    canary, stable = pair.canary, pair.stable
    return f"{bad(rule, canary)} of {canary.requests} bad, stable {bad(rule, stable)} of {stable.requests}"


def _sane(pair: Pair) -> bool:
    sides = (pair.canary, pair.stable)
    return all(0 <= side.errors <= side.requests and 0 <= side.slow <= side.requests for side in sides)


def _failing(
    rule: ErrorRule | LatencyRule, window: Pair, recent: Pair, *, concurrent: bool
) -> tuple[Verdict, str] | None:
    """The step as a whole, then the last minute: a canary that turns bad late is not averaged away."""
    return _too_bad(rule, window, "in this step", concurrent=concurrent) or _too_bad(
        rule, recent, "in the last minute", concurrent=concurrent
    )


def _too_bad(
    rule: ErrorRule | LatencyRule, pair: Pair, when: str, *, concurrent: bool
) -> tuple[Verdict, str] | None:
    if pair.canary.requests < FEWEST_CANARY:
        return None
    compared = concurrent and pair.stable.requests >= FEWEST_STABLE
    if compared and _above(rule, pair.canary, _tolerated(rule, pair.stable)):
        return Verdict.FAIL, f"worse than stable by more than {percent(rule.tolerance)} {when}"
    if not _above(rule, pair.canary, limit(rule)):
        return None
    if compared and _rate(rule, pair.stable) > limit(rule):
        return Verdict.HOLD, f"above {percent(limit(rule))} {when}, but stable is ill as well"
    return Verdict.FAIL, f"above {percent(limit(rule))} {when}"


def _passing(
    rule: ErrorRule | LatencyRule, window: Pair, samples: int, *, concurrent: bool
) -> tuple[Verdict, str]:
    canary, stable = window.canary, window.stable
    if canary.requests < samples:
        return Verdict.HOLD, f"needs {samples - canary.requests} more canary requests"
    if _rate(rule, canary) > limit(rule):
        return Verdict.HOLD, f"above {percent(limit(rule))}, which may still be chance"
    if not concurrent:
        return Verdict.PASS, f"at most {percent(limit(rule))}"
    if stable.requests < FEWEST_STABLE:
        return Verdict.HOLD, f"needs {FEWEST_STABLE - stable.requests} more stable requests to compare with"
    if _rate(rule, canary) > _rate(rule, stable) + rule.tolerance:
        return (
            Verdict.HOLD,
            f"worse than stable by more than {percent(rule.tolerance)}, which may still be chance",
        )
    return Verdict.PASS, f"at most {percent(limit(rule))} and {percent(rule.tolerance)} above stable"


def _rate(rule: ErrorRule | LatencyRule, counts: Counts) -> float:
    return bad(rule, counts) / counts.requests


def _above(rule: ErrorRule | LatencyRule, canary: Counts, rate: float) -> bool:
    """Tell whether a true rate of `rate` explains the canary's bad answers once in a thousand looks only."""
    return upper_tail(bad(rule, canary), canary.requests, rate) < _DOUBT


def _tolerated(rule: ErrorRule | LatencyRule, stable: Counts) -> float:
    """The rate that a canary may have beside this stable, whose own rate is known from few requests only."""
    return min(1.0, rate_at_most(bad(rule, stable), stable.requests, _STABLE_DOUBT) + rule.tolerance)
