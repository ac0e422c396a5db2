"""G8: what the guarantees rest on, tried at the boundary, where they are hardest to keep.

At the boundary the canary is worse than stable by exactly what is tolerated: then the capital that
is bet against it must not grow on average. Or by exactly the margin of a step: then the proof must not.
`largest_expectation` asks the e-variable of one tick, without any chance in it; `played` plays
whole releases with the engine, so that mixtures, noise and bets that learn from the past are in it.
"""

from __future__ import annotations

from math import exp, log1p, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

from canary.core import evidence
from canary.core.binomial import upper_tail
from canary.core.comparison import DIFFERENCES
from canary.core.margin import Tally, log_e
from canary.core.model import Block, Counts, ErrorRule, Rules, Step, View
from canary.core.units import seconds, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

DOUBT = 0.01
_HISTORY, _TICKS, _SECONDS = 8, 20, 15.0
_SIGMAS = 3.0  # by which a mean may be above 1 and still be called chance
_CHANCE = 0.0013  # the same for the number of releases that reach the boundary
_ROUNDING = 1e-9
GAMES = ("against", "proof")


class Case(NamedTuple):
    """`requests` a tick, of which the canary gets `weight`; it is worse than stable's `base` by `gap`.

    Each tick is handed over in `parts` pieces.
    """

    gap: float
    base: float
    requests: int
    weight: float
    parts: int = 1


_TRAFFIC = (
    (150, 0.1, 1),
    (1500, 0.1, 1),
    (1500, 0.25, 1),
    (1500, 0.25, 5),
    (1500, 0.5, 1),
    (15000, 0.5, 1),
)
GRID = tuple(
    Case(gap, base, *traffic)
    for gap in (0.0, 0.005, 0.02)
    for base in (0.001, 0.01, 0.1)
    for traffic in _TRAFFIC
)


def largest_expectation() -> float:
    """The largest expectation of the e-variable of one tick over the grid and all bets; 1 is allowed."""
    return max(_expectation(case, *bet) for case in GRID for bet in _bets(case))


def played(case: Case, repetitions: int) -> dict[str, Any]:
    """Play releases at one point of the grid.

    For the capital against the canary and for the proof: its mean in the end with the standard
    error, how many releases ever reached the boundary, and whether chance explains both figures.
    """
    rng = np.random.default_rng(crc32(repr(case).encode()))
    ends = np.array([_release(case, rng) for _ in range(repetitions)])
    row: dict[str, Any] = {**case._asdict(), "n": repetitions}
    for place, name in enumerate(GAMES):
        row[name] = game(np.exp(ends[:, place, 0]), np.exp(ends[:, place, 1]))
    return row


def game(final: NDArray[np.float64], highest: NDArray[np.float64]) -> dict[str, Any]:
    """Judge one game from the capital of each release in the end and at its highest."""
    releases = final.size
    mean, error = float(final.mean()), float(final.std(ddof=1)) / sqrt(releases)
    crossed = int((highest >= 1 / DOUBT).sum())
    fair = mean <= 1 + _SIGMAS * error + _ROUNDING and upper_tail(crossed, releases, DOUBT) > _CHANCE
    return {"mean": mean, "error": error, "crossed": crossed, "fair": fair}


def units_agree() -> bool:
    """Tell whether percent are fractions and milliseconds seconds, to the last bit."""
    shares = all(share(text) == fraction for text, fraction in (("0.5%", 0.005), ("99%", 0.99), ("1%", 0.01)))
    return shares and seconds("250ms") == seconds("0.25s") == 0.25


def _bets(case: Case) -> Iterator[tuple[float, float]]:
    """What may be bet on, (canary, stable): a worse canary, and an equal one against the margin."""
    for share_guessed in (case.base / 3, case.base, 3 * case.base):
        for difference in DIFFERENCES:
            if case.gap < difference < 1 - share_guessed:
                yield share_guessed + difference, share_guessed
        if case.gap:
            yield share_guessed, share_guessed


def _expectation(case: Case, canary_bet: float, stable_bet: float) -> float:
    """Of exp(log_e) with binomial counts: log_e is linear in them, so it is a product of powers."""
    canary = round(case.requests * case.weight)
    stable = case.requests - canary

    def log_of(canary_bad: int, stable_bad: int) -> float:
        tally = Tally(canary, canary_bad, stable, stable_bad)
        return log_e(tally, (canary_bet,), stable_bet, case.gap)[0]

    nothing_bad = log_of(0, 0)
    by_canary = canary * log1p((case.base + case.gap) * (exp(log_of(1, 0) - nothing_bad) - 1))
    by_stable = stable * log1p(case.base * (exp(log_of(0, 1) - nothing_bad) - 1))
    return exp(nothing_bad + by_canary + by_stable)


def _release(case: Case, rng: np.random.Generator) -> tuple[tuple[float, float], tuple[float, float]]:
    """Logs of both capitals, (at the end, at their highest)."""
    limit, weight = ErrorRule(max=case.base + case.gap, tolerance=case.gap), round(100 * case.weight)
    rules = Rules(limit, None, confidence=1 - DOUBT, risk=0.0)
    watch = evidence.watch(rules, (Step(weight), Step(100)), (View.EDGE,))
    state = evidence.begin(watch)
    against, proof = [], []
    for tick in range(-_HISTORY, _TICKS):
        for block in _pieces(case, tick, rng):
            state = evidence.advance(watch, state, View.EDGE, block, weight if tick >= 0 else 0)
            (row,) = evidence.judge(watch, state, 100)
            against.append(row.against)
            proof.append(row.proof)
    return (against[-1], max(against)), (proof[-1], max(proof))


def _pieces(case: Case, tick: int, rng: np.random.Generator) -> Iterator[Block]:
    """The tick in as many blocks as the case asks for; before the release all users are stable's."""
    size = round(case.requests * case.weight) if tick >= 0 else 0
    canary, stable = (
        rng.multinomial(requests, [1 / case.parts] * case.parts) for requests in (size, case.requests - size)
    )
    bad = rng.binomial(canary, case.base + case.gap), rng.binomial(stable, case.base)
    for part in range(case.parts):
        begin = _SECONDS * (tick + part / case.parts)
        sides = (
            Counts(int(size[part]), errors=int(wrong[part]))
            for size, wrong in zip((canary, stable), bad, strict=True)
        )
        yield Block(begin, begin + _SECONDS / case.parts, *sides)
