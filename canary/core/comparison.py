"""All that is known about one share of bad answers on canary and stable, and the bets made on it.

Four kinds of bets run side by side from the first tick of a release to its last: that the canary is worse
than stable (`relative`), that it breaks its limit (`absolute`), that it is not worse by the margin of a step
(`proofs`), and, where no stable traffic is left to compare with, that it keeps its limit (`alone`). Each is
an e-process, a fair game's capital that started at 1, so P(ever >= 1/a) <= a (Ville). The first two, which
begin anew with every tick, are kept as they are, the others as logs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, inf, log
from typing import NamedTuple

from canary.core.margin import LEAST_SHARE, MOST_SHARE, Tally, log_e, log_e_alone, log_e_equal
from canary.core.past import HALF_LIVES, Decayed, Noise

DIFFERENCES = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.6, 0.95)
ENOUGH = 1e100  # capital that nobody adds to: every decision was certain long before
_FINE = 0.1  # from this difference on it does not matter how exactly stable's share is known
_LIMIT_DIFFERENCES = (0.005, 0.02, 0.1, 0.4, 0.95)
_START = 0.5  # the chance, when betting, that a canary is bad from its first tick on
_MOST_WON = 500.0  # log of what may be won at once, for the same reason
_STARTS = 240  # ticks in which it turns bad with half of the remaining chance; there is no last one


@dataclass(frozen=True, slots=True)
class Plan:
    """What one share is held against, all shares of 1.

    `tolerance` is how much worse than stable a canary may be, `limit` what it may not exceed in any case
    (None: no such limit), `margins` what must be excluded before each step. `bets` are the differences
    worth betting on, by half-life: one that is tolerated can never count against a canary.
    """

    tolerance: float
    limit: float | None
    margins: tuple[float, ...]
    differences: tuple[float, ...] = DIFFERENCES
    half_lives: tuple[float, ...] = HALF_LIVES
    bets: tuple[tuple[float, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        worth = tuple(each for each in self.differences if each > self.tolerance)
        fine = tuple(each for each in worth if each < _FINE)
        object.__setattr__(self, "bets", (*(fine for _ in self.half_lives[1:]), worth))


_UNSEEN, _QUIET, _NOTHING = Decayed(), Noise(), Tally(0, 0, 0, 0)


class Comparison(NamedTuple):
    """The capital of every bet, and what the next bets are chosen from: past ticks only.

    What is in the bets against the canary, `relative` and `absolute`, is capital; `proofs`, all margins for
    the first half-life and then for the next, and `alone` are logs of it.
    """

    relative: tuple[float, ...]
    absolute: tuple[float, ...]
    proofs: tuple[float, ...]
    alone: float = 0.0
    ticks: int = 0
    stable: tuple[Decayed, ...] = ()
    canary: Decayed = _UNSEEN
    noise: Noise = _QUIET
    total: Tally = _NOTHING
    waiting: Tally = _NOTHING
    waited: float = 0.0

    @property
    def counted(self) -> Tally:
        """All requests since the first of the canary, those that wait for the other side included."""
        return _added(self.total, self.waiting)

    def capital(self) -> float:
        """Mean capital of all bets that the canary is bad; what a bet has not yet staked, it still has."""
        left, bets = _unstaked(self.ticks), self.relative
        relative = left + sum(bets) / len(bets) if bets else 1.0
        if not self.absolute:
            return relative
        return 0.5 * (relative + left + sum(self.absolute) / len(self.absolute))

    def against(self) -> float:
        """Log of that capital."""
        return log(self.capital())

    def proof(self, plan: Plan, margin: int) -> float:
        """Log of the capital of the bet that the canary is not worse by `plan.margins[margin]`."""
        return log_mean(self.proofs[margin :: len(plan.margins)])


@lru_cache(maxsize=4096)
def begin(plan: Plan) -> Comparison:
    """Nothing seen, nothing won."""
    return Comparison(
        relative=(0.0,) * sum(len(each) for each in plan.bets),
        absolute=(0.0,) * len(_LIMIT_DIFFERENCES) if plan.limit is not None else (),
        proofs=(0.0,) * (len(plan.margins) * len(plan.half_lives)),
        stable=(Decayed(),) * len(plan.half_lives),
    )


def advance(known: Comparison, plan: Plan, tally: Tally, seconds: float, *, alone: bool) -> Comparison:
    """Settle the bets with one tick of `seconds`, then learn from it.

    `alone`: users reach the canary only, so it is judged against its limit, or against what stable
    was last seen to do where that is worse. With few users a tick may have requests on one side only:
    it waits for the next ones and is settled with them, and nothing is learnt from it before. What
    stable did before the first canary request is history, to learn from only.
    """
    if not (known.ticks or known.waiting.canary or tally.canary):
        return _learn(known, plan, tally, seconds, _as_before(known))
    whole, seconds = _added(known.waiting, tally), known.waited + seconds
    if whole.canary <= 0 or (whole.stable <= 0 and not alone):
        return known._replace(waiting=whole, waited=seconds)
    settled = _settle(known, plan, whole) if whole.stable > 0 else _settle_alone(known, plan, whole)
    return _learn(known, plan, whole, seconds, settled)


def log_mean(logs: tuple[float, ...] | list[float]) -> float:
    """Log of the mean of exp(logs); -inf for none."""
    top = max(logs, default=-inf)
    if top == -inf:
        return -inf
    return top + log(sum([exp(each - top) for each in logs]) / len(logs))


def starting(tick: int) -> float:
    """Probability, when betting, that the canary turns bad with this tick (from 1)."""
    return (1 - _START) * _STARTS / ((_STARTS + tick - 2) * (_STARTS + tick - 1)) if tick > 1 else _START


def _unstaked(ticks: int) -> float:
    """What is not yet bet after so many ticks: never nothing, so that no tick is too late to turn bad."""
    return (1 - _START) * _STARTS / (_STARTS + ticks - 1) if ticks else 1.0


class _Settled(NamedTuple):
    """The bets after a tick."""

    relative: tuple[float, ...]
    absolute: tuple[float, ...]
    proofs: tuple[float, ...]
    alone: float
    ticks: int


def _settle(known: Comparison, plan: Plan, tally: Tally) -> _Settled:
    factor, joining = known.noise.factor, starting(known.ticks + 1)
    relative: list[float] = []
    equal: list[float] = []
    for past, bets in zip(known.stable, plan.bets, strict=True):
        share = past.share
        relative += _worse(plan, tally, share, bets)
        equal += log_e_equal(tally, share, plan.margins)
    return _Settled(
        _paid(known.relative, relative, factor, joining),
        _paid(known.absolute, _beyond(plan, tally, share), factor, joining),
        tuple([old + won / factor for old, won in zip(known.proofs, equal, strict=True)]),
        known.alone,
        known.ticks + 1,
    )


def _worse(plan: Plan, tally: Tally, share: float, bets: tuple[float, ...]) -> list[float]:
    """Bets that the canary is worse than stable; where there is no room for worse than tolerated, none."""
    if not bets or share + bets[-1] <= MOST_SHARE:
        return log_e(tally, [share + bet for bet in bets], share, plan.tolerance)
    worse = [min(MOST_SHARE, share + bet) for bet in bets]
    won = log_e(tally, worse, share, plan.tolerance)
    return [each if bad - share > plan.tolerance else 0.0 for each, bad in zip(won, worse, strict=True)]


def _beyond(plan: Plan, tally: Tally, share: float) -> list[float]:
    """Bets that the canary is above its limit *and* above stable: what hits both is nobody's fault.

    The null is the union of "within the limit" and "no worse than stable", tick by tick, so the
    smaller of the two e-variables counts.
    """
    if plan.limit is None:
        return []
    limit = min(MOST_SHARE, max(LEAST_SHARE, plan.limit))
    level = max(limit, share)
    beside = log_e(tally, _above(level, limit).shares, share, 0.0)
    return list(map(min, _won_alone(tally, level, limit), beside))


class _Above(NamedTuple):
    """Shares above a level, and what a good and a bad answer tell of each, held against a limit."""

    shares: tuple[float, ...]
    telling: tuple[tuple[float, float], ...]


@lru_cache(maxsize=256)
def _above(level: float, limit: float) -> _Above:
    """As a rule, stable is better than the limit: then this is the same at every tick."""
    shares = tuple(min(MOST_SHARE, level + each) for each in _LIMIT_DIFFERENCES)
    return _Above(shares, tuple((log((1 - each) / (1 - limit)), log(each / limit)) for each in shares))


def _won_alone(tally: Tally, level: float, limit: float) -> list[float]:
    """`log_e_alone` of each share above the level."""
    bad, good = tally.canary_bad, tally.canary - tally.canary_bad
    return [good * kept + bad * broken for kept, broken in _above(level, limit).telling]


def _settle_alone(known: Comparison, plan: Plan, tally: Tally) -> _Settled:
    """Against the limit, or against stable as it was last seen where that is worse."""
    if plan.limit is None:
        return _as_before(known)
    share, factor = known.stable[-1].share, known.noise.factor
    limit = _limit_alone(plan, share)
    return _Settled(
        known.relative,
        _paid(known.absolute, _won_alone(tally, limit, limit), factor, starting(known.ticks + 1)),
        known.proofs,
        known.alone + log_e_alone(tally, min(share, limit / 4), limit) / factor,
        known.ticks + 1,
    )


def _as_before(known: Comparison) -> _Settled:
    return _Settled(known.relative, known.absolute, known.proofs, known.alone, known.ticks)


def _limit_alone(plan: Plan, share: float) -> float:
    return min(MOST_SHARE, max(LEAST_SHARE, plan.limit or 0.0, share + plan.tolerance))


def _paid(capital: tuple[float, ...], won: list[float], factor: float, joining: float) -> tuple[float, ...]:
    """Let the bets that begin with this tick join, and pay all of them: S_t = e_t (S_(t-1) + pi_t).

    Nobody is paid more than is `ENOUGH`: less than was won is fair as well.
    """
    try:
        paid = [(old + joining) * exp(each / factor) for old, each in zip(capital, won, strict=True)]
    except OverflowError:
        won = [min(each, _MOST_WON * factor) for each in won]
        return _paid(capital, won, factor, joining)
    return tuple(paid) if sum(paid) <= ENOUGH else tuple([min(ENOUGH, each) for each in paid])


def _added(one: Tally, two: Tally) -> Tally:
    return Tally(one[0] + two[0], one[1] + two[1], one[2] + two[2], one[3] + two[3])


def _learn(known: Comparison, plan: Plan, tally: Tally, seconds: float, settled: _Settled) -> Comparison:
    """Stable's rates stay as they are while it has no requests: the last that was seen counts then."""
    canary, canary_bad, stable, stable_bad = tally
    total, own, rates, noise = known.total, known.canary, known.stable, known.noise
    if canary > 0 or settled.ticks:  # what stable did before belongs to no release
        total = _added(total, tally)
        own = own.after(canary_bad, canary, seconds, HALF_LIVES[0])
    if stable > 0:
        noise = noise.after(stable_bad, stable, rates[-1].share, seconds)
        rates = tuple(
            [
                old.after(stable_bad, stable, seconds, half_life)
                for old, half_life in zip(rates, plan.half_lives, strict=True)
            ]
        )
    return Comparison(*settled, rates, own, noise, total)


def growth(known: Comparison, plan: Plan, margin: int | None) -> float:
    """What one more canary request adds to the log of a proof, if both sides go on as they did.

    `margin` is an index into `plan.margins`; None is the proof of a canary that serves alone.
    """
    factor, share, seen = known.noise.factor, known.stable[-1].share, known.canary.share
    if margin is None:
        limit = _limit_alone(plan, share)
        return log_e_alone(Tally(1, seen, 0, 0), min(share, limit / 4), limit) / factor
    canary, stable = known.total.canary, known.total.stable
    beside = stable / canary if canary > 0 else 9.0
    tally = Tally(1, seen, beside, beside * share)
    return log_e_equal(tally, share, plan.margins[margin : margin + 1])[0] / factor
