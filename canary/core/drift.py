"""Whether the canary predicts something else than stable, given both histograms of predictions.

Two instruments have to agree. The e-process says how sure it is that there is a difference, however
small; the population stability index (PSI) says how large the difference is, however uncertain.

What the guarantee needs. `log_e` is a fair game's capital: P(ever >= ln(1/alpha)) <= alpha (Ville), looked
at as often as one likes, if in every tick the predictions of the canary and those of stable have the same
expected histogram. It may change from tick to tick, and the questions need not be different ones: twelve
branches and a few months asked over and over are fine, as long as chance alone decides who answers.

Predictions are not independent, though: all medicines of one answer stand on the same branch and month,
and counted one by one they would be taken for more evidence than they are. So the log is divided by `phi`.
A `phi` of at least the number of predictions in the largest answer keeps the guarantee exactly, whatever
the dependence inside an answer: the evidence of an answer is then at most the geometric mean of what its
predictions say, which is at most their arithmetic mean, which is fair. In short, answers are counted, not
their predictions. Forecasts of 30 medicines an answer, 300 good releases each: with `phi` 1 the evidence
reached 100 in 14 to 20 % of them, with 5 in 2 to 4 %, with 30 in none. The medicines of an answer differ
by themselves, so 30 is more careful than need be: certainty comes about twice as late as with 5.

What no arithmetic mends: answers that depend on each other. A client that asks the same twenty times in a
row, or a list of like questions at once, gives one answer, and `phi` must be so many times larger. A
router that binds each branch to one side, or deals out in turn what clients ask in turn, shows the two
sides different questions; that is a difference without drift, and no `phi` makes it one by chance. The
limit on the PSI bounds such mistakes, it does not prevent them. And a new model that merely is better
predicts something else too: that is why certainty alone only warns.

All predictions of a release count alike, so what sets in late is seen late.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import log

_MOST = 2**53  # a metrics store's floats count no further
_PRIOR = 0.5  # taken as seen in each bucket before anything was (Jeffreys): an empty bucket is possible


class DriftVerdict(StrEnum):
    """What both instruments say together."""

    NONE = "none"
    WARN = "warn"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class DriftState:
    """All that is known of one release: natural log of the evidence, and predictions in each bucket.

    `canary` and `stable` are of one length. `phi` is the largest number of predictions that had to be
    taken for one so far.
    """

    log_e: float
    canary: tuple[int, ...]
    stable: tuple[int, ...]
    phi: float = 1.0


def begin(buckets: int) -> DriftState:
    """Know nothing yet of a histogram with so many buckets, the one without an end included."""
    return DriftState(0.0, (0,) * buckets, (0,) * buckets)


def advance(
    state: DriftState, canary: tuple[int, ...], stable: tuple[int, ...], phi: float = 1.0
) -> DriftState:
    """Take in one tick: predictions of both sides that fell into each bucket (not cumulative).

    With n_c and n_s predictions in this tick, t_c and t_s what was expected of both sides before it,

        p = (n_c t_c + n_s t_s) / (n_c + n_s)
        log e = (1/phi) sum_b x_cb ln(t_cb / p_b) + x_sb ln(t_sb / p_b)

    p is the common histogram closest to both expectations in Kullback-Leibler divergence, so E[e] <= 1
    whenever canary and stable share a histogram q: (sum q t_c/p)^n_c (sum q t_s/p)^n_s is at most
    (sum q p/p)^(n_c+n_s) = 1, as a geometric mean is at most the arithmetic one. Source: Turner, Ly &
    Grunwald, arXiv 2106.02693, for two groups; dividing by phi >= 1 is safe by Jensen's inequality.
    `phi` must be known without looking into which buckets this tick's predictions fell.

    Never raises: counts that are negative, absurdly large or of another length, and a `phi` below 1 or
    absurdly large, leave the state as it is.
    """
    if not (_sane(state, canary) and _sane(state, stable) and 1 <= phi <= _MOST):
        return state
    together = sum(canary) + sum(stable)
    if not together:
        return state
    expected_canary, expected_stable = _expected(state, phi)
    share = sum(canary) / together
    gained = 0.0
    for x_c, x_s, t_c, t_s in zip(canary, stable, expected_canary, expected_stable, strict=True):
        p = share * t_c + (1 - share) * t_s
        gained += x_c * log(t_c / p) + x_s * log(t_s / p)
    return DriftState(
        log_e=state.log_e + gained / phi,
        canary=_sum(state.canary, canary),
        stable=_sum(state.stable, stable),
        phi=max(state.phi, phi),
    )


def psi(state: DriftState) -> float | None:
    """The population stability index of all predictions so far, less what chance alone adds.

    sum_b (c_b - s_b) ln(c_b / s_b) - phi (B-1) (1/n_c + 1/n_s), with the shares c and s smoothed by half
    a prediction a bucket. The subtrahend is the mean of the sum when nothing differs, from its chi-squared
    approximation (Yurdakul & Naranjo 2020, Statistical properties of the population stability index). So
    it is around 0 then, and often below. None while one side has no predictions.
    """
    n_c, n_s = sum(state.canary), sum(state.stable)
    if not (n_c and n_s):
        return None
    raw = sum((c - s) * log(c / s) for c, s in zip(_shares(state.canary), _shares(state.stable), strict=True))
    return raw - state.phi * (len(state.canary) - 1) * (1 / n_c + 1 / n_s)


def verdict(state: DriftState, alpha: float = 0.01, limit: float = 0.2) -> DriftVerdict:
    """DRIFT if the evidence reaches 1/alpha and the corrected PSI is above `limit`; WARN if one does."""
    certain = alpha > 0 and state.log_e >= -log(alpha)
    measured = psi(state)
    large = measured is not None and measured > limit
    return (DriftVerdict.NONE, DriftVerdict.WARN, DriftVerdict.DRIFT)[certain + large]


def _sane(state: DriftState, counts: tuple[int, ...]) -> bool:
    return len(counts) == len(state.canary) and all(0 <= count <= _MOST for count in counts)


def _expected(state: DriftState, phi: float) -> tuple[list[float], list[float]]:
    """What the past lets one expect of both sides: each side's own shares, drawn towards those of both.

    So a few answers make no bold bet, and a side without a past is expected to be like the other.
    """
    both = _shares(_sum(state.canary, state.stable), phi)
    return _towards(both, state.canary, phi), _towards(both, state.stable, phi)


def _towards(both: list[float], counts: tuple[int, ...], phi: float) -> list[float]:
    drawn = _PRIOR * len(counts)
    total = sum(counts) / phi + drawn
    return [(count / phi + drawn * share) / total for count, share in zip(counts, both, strict=True)]


def _shares(counts: tuple[int, ...], phi: float = 1.0) -> list[float]:
    total = sum(counts) / phi + _PRIOR * len(counts)
    return [(count / phi + _PRIOR) / total for count in counts]


def _sum(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
