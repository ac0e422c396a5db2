"""Evidence in a sentence: the numbers of both sides, what they say, and what is still missing.

The journal keeps these sentences. Words may change from one release of Serin to the next; a replay of
older lines holds their numbers, in their order, against those of the sentences that are made today.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, NamedTuple

from canary.core.model import Verdict
from canary.core.units import percent

if TYPE_CHECKING:
    from canary.core.margin import Tally

_WHOLE = 100.0
_MOST_ODDS = 1e6


def numbers(tally: Tally) -> str:
    """Both sides in words, as the journal keeps them."""
    canary, canary_bad, stable, stable_bad = (int(each) for each in tally)
    return f"{canary_bad} of {canary} bad, stable {stable_bad} of {stable}"


def odds(logged: float) -> str:
    """The log of an e-process as betting odds: 40 : 1, or 1 : 8 when it lost."""
    value = exp(min(abs(logged), 20.0))
    said = f"{value:,.0f}" if value >= _WHOLE else f"{value:.3g}"
    said = f"over {_MOST_ODDS:,.0f}" if value > _MOST_ODDS else said
    return f"{said} : 1" if logged >= 0 else f"1 : {said}"


class Finding(NamedTuple):
    """What was found about one rule in one view, as `Evidence` has it."""

    verdict: Verdict
    tally: Tally
    against: float
    proof: float
    needed: int
    eta: float | None


def worded(found: Finding, margin: float | None, *, skipped: int) -> str:
    """Say what was found; `margin` is what the coming step must exclude, None for the rule's limit."""
    said = f"{numbers(found.tally)}: {_meaning(found, margin)}"
    return f"{said}; {skipped} samples that contradict themselves were left out" if skipped else said


def worded_drift(log_e: float, psi: float | None, limit: float) -> str:
    """Say how different the predictions are, and how surely."""
    if psi is None:
        return "no predictions of one side yet"
    return f"stability index {psi:.2f} (limit {limit:g}), odds {odds(log_e)} that predictions differ at all"


def _meaning(found: Finding, margin: float | None) -> str:
    excluded = "breaking its limit" if margin is None else f"{percent(margin)} more than stable"
    if found.verdict is Verdict.FAIL:
        return f"the canary is worse, at odds of {odds(found.against)}"
    if found.verdict is Verdict.PASS:
        return f"{excluded} is excluded at odds of {odds(found.proof)}"
    if not found.tally.canary:
        return "no canary request yet"
    if margin is not None and not found.tally.stable:
        return "no stable request yet to compare with"
    if found.eta is None:
        return f"does not come nearer to excluding {excluded}, odds {odds(found.proof)}"
    return f"needs about {found.needed:,} more canary requests to exclude {excluded}"
