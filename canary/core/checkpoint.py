"""What is known about a release, as it is stored: exact to the last bit, and small.

Numbers are written as the bytes of IEEE doubles in base64, so that a restarted controller goes on with
the same evidence. Whatever cannot be read, or was written for other rules, is no checkpoint: counting
starts anew.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf, isnan
from typing import TYPE_CHECKING, Any

from canary.core.comparison import ENOUGH, Comparison, begin
from canary.core.drift import DriftState
from canary.core.evidence import State, key
from canary.core.margin import Tally
from canary.core.model import View
from canary.core.past import Decayed, Noise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.comparison import Plan
    from canary.core.evidence import Watch

EVERY_SECONDS = 5.0
_MOST = 2.0**63  # requests or seconds that anybody can have counted


def pack(watch: Watch, state: State, now: float) -> dict[str, Any]:
    """Write a state; `now` is when it was reached."""
    return {
        "rules": watch.fingerprint,
        "time": now,
        "skipped": state.skipped,
        "until": {str(view): _text([time]) for view, time in state.until.items()},
        "shares": {name: _text(_flat(known)) for name, known in state.shares.items()},
        **({"drift": _text(_flat_drift(state.drift))} if state.drift else {}),
    }


def unpack(watch: Watch, stored: Mapping[str, Any] | None) -> State | None:
    """Read a state; None when there is none, or it belongs to other rules."""
    if not stored or stored.get("rules") != watch.fingerprint:
        return None
    try:
        shares = {
            key(name, view): _comparison(watch.plans[name], _numbers(stored["shares"][key(name, view)]))
            for name, view in watch.shares
        }
        return State(shares, until(stored), int(stored["skipped"]), _drift(stored.get("drift")))
    except (KeyError, TypeError, ValueError, OverflowError, struct.error):
        return None


def until(stored: Mapping[str, Any] | None) -> dict[View, float]:
    """The end of the last tick that was taken in, by view; empty when nobody can say."""
    ends = (stored or {}).get("until", {})
    try:
        return {View(view): _numbers(end)[0] for view, end in ends.items()}
    except (AttributeError, TypeError, ValueError, IndexError, struct.error):
        return {}


def reached(stored: Mapping[str, Any] | None) -> float:
    """When the state was reached, in seconds since the epoch; 0 for none."""
    time = (stored or {}).get("time", 0.0)
    return float(time) if isinstance(time, int | float) else 0.0


def _text(numbers: list[float]) -> str:
    return b64encode(struct.pack(f">{len(numbers)}d", *numbers)).decode()


def _numbers(text: str) -> tuple[float, ...]:
    raw = b64decode(text, validate=True)
    found = struct.unpack(f">{len(raw) // 8}d", raw)
    if inf in found or any(map(isnan, found)):
        raise ValueError("not what anybody counted")
    return found


def _flat(known: Comparison) -> list[float]:
    rates = [number for rate in (*known.stable, known.canary) for number in rate]
    bets = [*known.relative, *known.absolute, *known.proofs]
    return [*bets, known.alone, known.ticks, *rates, *known.noise, *known.total, *known.waiting, known.waited]


def _flat_drift(known: DriftState) -> list[float]:
    return [known.log_e, known.phi, *known.canary, *known.stable]


def _drift(text: str | None) -> DriftState | None:
    if text is None:
        return None
    log_e, phi, *counts = _numbers(text)
    whole = [int(count) for count in counts]
    half = len(whole) // 2
    return DriftState(log_e, tuple(whole[:half]), tuple(whole[half:]), phi)


@lru_cache(maxsize=4096)
def _cuts(plan: Plan) -> tuple[int, ...]:
    """Where `_flat` joined the numbers: the end of each of their groups."""
    known = begin(plan)
    rates = (3,) * (len(known.stable) + 1)
    bets = (len(known.relative), len(known.absolute), len(known.proofs))
    return tuple(accumulate((*bets, 2, *rates, len(Noise()), 4, 4, 1)))


def _comparison(plan: Plan, numbers: tuple[float, ...]) -> Comparison:
    """Cut the numbers where `_flat` joined them; ValueError when there are more or fewer."""
    cuts = _cuts(plan)
    if len(numbers) != cuts[-1]:
        raise ValueError("not the numbers of this plan")
    parts = [numbers[begins:ends] for begins, ends in pairwise((0, *cuts))]
    relative, absolute, proofs, (alone, ticks), *rates, noise, total, waiting, (waited,) = parts
    *stable, canary = [Decayed(*rate) for rate in rates]
    found = Comparison(
        relative=relative,
        absolute=absolute,
        proofs=proofs,
        alone=alone,
        ticks=int(ticks),
        stable=tuple(stable),
        canary=canary,
        noise=Noise(*noise),
        total=Tally(*total),
        waiting=Tally(*waiting),
        waited=waited,
    )
    sums, bets, logs = (ticks, *numbers[cuts[3] :]), (0.0, *relative, *absolute), (*proofs, alone)
    counted, paid = 0 <= min(sums) <= max(sums) <= _MOST, 0 <= min(bets) <= max(bets) <= ENOUGH
    if not (counted and paid) or -inf in logs:
        raise ValueError("not what anybody counted")
    return found
