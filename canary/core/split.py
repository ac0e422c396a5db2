"""Whether the share of traffic that was asked for is the share that users get.

Proxies balance by exact round robin, so a real deviation shows within seconds; the exact
two-sided binomial test keeps chance from being called one.
"""

from __future__ import annotations

from math import ceil, log, log1p
from typing import TYPE_CHECKING

from canary.core.binomial import lower_tail, upper_tail
from canary.core.model import Pair, View
from canary.core.windows import windows

if TYPE_CHECKING:
    from canary.core.model import Reading, Status
    from canary.core.tick import Tick

LEAST_REQUESTS = 20
_BRISK = 10.0
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


def obeyed(lately: Pair, weight: int) -> bool:
    """Tell whether the last half minute alone shows the asked share: a proxy that was late has followed.

    As many requests must have come as would show that it does not, so that silence forgives nothing.
    """
    return not lacking(lately, weight) and not off(lately, weight)


def strayed(reading: Reading) -> bool:
    """Tell whether requests reached a canary that should get none."""
    return reading.split.canary.requests > 0


def emptied(reading: Reading, weight: int) -> bool:
    """Tell whether a proxy that knew `weight` is seen to lead nobody to the canary, at least of late.

    As for `obeyed`, silence forgives nothing.
    """
    seen = reading.lately if strayed(reading) else reading.split
    return seen.canary.requests <= 0 and not lacking(seen, weight)


def lacking(split: Pair, weight: int) -> int:
    """Edge requests to come before a proxy that ignores `weight` altogether would stand out."""
    return max(0, requests_to_notice(weight) - total(split))


def requests_to_notice(weight: int) -> int:
    """Edge requests after which a proxy that ignores `weight` altogether stands out."""
    rate = min(max(weight / 100, _STRAY), 1 - _STRAY)
    return max(LEAST_REQUESTS, ceil(log(_DOUBT / 2) / log1p(-rate)))


def missing(tick: Tick, status: Status) -> str:
    """What the check still needs; in seconds, too, where users come slowly. Empty when it has it.

    It must do with fewer where so few come that older requests leave the window before.
    """
    reading = tick.reading
    counted = reading is not None and status.observed_weight is not None
    seen = reading.split if reading and counted else Pair()
    more = lacking(seen, status.weight)
    if not more or (_window_full(tick, status) and known(seen)):
        return ""
    rate = _edge_rate(tick, status)
    wait = f", about {more / rate:.0f} s at {rate:.2g} requests/s" if 0 < rate < _BRISK else ""
    return f"{more} more requests at the edge to check that {status.weight} % reach the canary{wait}"


def _window_full(tick: Tick, status: Status) -> bool:
    begun = max(status.weight_confirmed, status.settled_since) + tick.settle
    return windows(status, tick.now, tick.settle).settled > begun


def _edge_rate(tick: Tick, status: Status) -> float:
    """Users' requests per second in the last minute; 0 when nobody came."""
    reading = tick.reading
    seconds = reading.latest - windows(status, tick.now, tick.settle).recent if reading else 0.0
    return total(reading.recent.get(View.EDGE, Pair())) / seconds if reading and seconds > 0 else 0.0
