"""Whether the share of traffic that was asked for is the share that users get.

Proxies balance by exact round robin, so a real deviation shows within seconds; the exact
two-sided binomial test keeps chance from being called one.
"""

from __future__ import annotations

from math import ceil, log, log1p
from typing import TYPE_CHECKING

from canary.core.binomial import lower_tail, upper_tail

if TYPE_CHECKING:
    from canary.core.model import Pair

LEAST_REQUESTS = 20
_DOUBT = 0.001
_STRAY = 0.001


def total(split: Pair) -> int:
    """Requests that both roles answered, nonsense counted as none."""
    return max(0, split.canary.requests) + max(0, split.stable.requests)


def observed(split: Pair) -> float | None:
    """The canary's share in percent; None when nobody asked."""
    return round(100 * max(0, split.canary.requests) / total(split), 1) if total(split) else None


def known(split: Pair) -> bool:
    """Tell whether enough requests were seen to say anything."""
    return total(split) >= LEAST_REQUESTS


def off(split: Pair, weight: int) -> bool:
    """Tell whether chance explains what was seen with a probability below 0.1 % only.

    Twice the smaller tail. One stray request in a thousand is allowed at 0 and 100 percent, slow
    answers that began before the proxy followed; that none strayed is no deviation there.
    """
    if not known(split):
        return False
    rate = min(max(weight / 100, _STRAY), 1 - _STRAY)
    canary = max(0, split.canary.requests)
    below = lower_tail(canary, total(split), rate) if weight > 0 else 1.0
    above = upper_tail(canary, total(split), rate) if weight < 100 else 1.0
    return 2 * min(below, above) < _DOUBT


def lacking(split: Pair, weight: int) -> int:
    """Edge requests to come before a proxy that ignores `weight` altogether would stand out."""
    return max(0, requests_to_notice(weight) - total(split))


def requests_to_notice(weight: int) -> int:
    """Edge requests after which a proxy that ignores `weight` altogether stands out."""
    rate = min(max(weight / 100, _STRAY), 1 - _STRAY)
    return max(LEAST_REQUESTS, ceil(log(_DOUBT / 2) / log1p(-rate)))
