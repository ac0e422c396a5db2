"""All that is known about one share of bad answers on canary and stable, and the bets made on it.

Four kinds of bets run side by side from the first tick of a release to its last: that the canary is worse
than stable (`relative`), that it breaks its limit (`absolute`), that it is not worse by the margin of a step
(`proofs`), and, where no stable traffic is left to compare with, that it keeps its limit (`alone`). Each is
kept as the log of an e-process: a fair game's capital that started at 1, so P(ever >= 1/a) <= a (Ville).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from math import exp, inf, log, log1p
from typing import NamedTuple

from canary.core.margin import LEAST_SHARE, MOST_SHARE, Tally, log_e, log_e_alone, log_e_equal

DIFFERENCES = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.6, 0.95)
HALF_LIVES = (60.0, 600.0)  # seconds
_FINE = 0.1  # from this difference on it does not matter how exactly stable's share is known
_LIMIT_DIFFERENCES = (0.005, 0.02, 0.1, 0.4, 0.95)
_START = 0.5  # the chance, when betting, that a canary is bad from its first tick on
_STARTS = 240  # ticks in which it turns bad with half of the remaining chance; there is no last one
_PRIOR = (0.1, 50.0)  # bad answers and requests that stand for what is known before any stable request
_CALM = 3.0  # quiet stretches taken for granted before any was seen
_JUMP = 20.0  # how much more than chance one change of level may count in quiet traffic, and
_TIMES = 7.0  # in noisy traffic, of the noise so far: no single change may pass for noise
_STRETCH = 12.0  # seconds that a stretch lasts at least: bursts of bad answers outlast a scrape
_EXPECTED = 2.0  # bad answers that a stretch of stable must lead one to expect, or it is too short to tell


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


class Decayed(NamedTuple):
    """Exponentially weighted sums: bad answers, requests, and the seconds they were seen in."""

    bad: float = 0.0
    requests: float = 0.0
    seconds: float = 0.0

    def after(self, bad: float, requests: float, seconds: float, half_life: float) -> Decayed:
        keep = 0.5 ** (seconds / half_life)
        return Decayed(keep * self.bad + bad, keep * self.requests + requests, keep * self.seconds + seconds)

    def seconds_for(self, requests: float) -> float | None:
        """How long so many requests take at the present rate; None while there are none."""
        return round(requests * self.seconds / self.requests, 1) if self.requests > 0 else None

    @property
    def share(self) -> float:
        return min(MOST_SHARE, (self.bad + _PRIOR[0]) / (self.requests + _PRIOR[1]))


class Noise(NamedTuple):
    """How much more stable's bad answers change from one stretch to the next than chance makes them.

    `squares` are the squared differences between neighbouring stretches (von Neumann et al. 1941, the mean
    square successive difference), `spread` what independent requests at the level of these two stretches
    lead one to expect; their ratio is an overdispersion (Wedderburn 1974). A level that stays, as in an
    incident that hits both versions, is one difference and then none. The ratio of the sums, not the mean
    of the ratios: a large difference makes its own denominator large.

    Then comes the stretch that is still too short to tell, and the one before it.
    """

    squares: float = 0.0
    spread: float = 0.0
    stretches: float = 0.0
    bad: float = 0.0
    requests: float = 0.0
    seconds: float = 0.0
    last_bad: float = 0.0
    last_requests: float = 0.0

    @property
    def factor(self) -> float:
        """How many times noisier than independent requests stable is; at least 1.

        It divides the log of every e-variable of the next tick, e becomes e^(1/factor). It follows from past
        ticks only and is at least 1, so E[e^(1/factor)] <= E[e]^(1/factor) <= 1 (Jensen): however wrong the
        estimate is, it can only weaken a bet, and the guarantees hold without it.
        """
        if self.spread <= 0:
            return 1.0
        seen = self.stretches * self.squares / self.spread
        return max(1.0, (seen + _CALM) / (self.stretches + _CALM))

    def after(self, bad: float, requests: float, share: float, seconds: float) -> Noise:
        """Take in one tick; `share` is what was expected of it, and says when a stretch is long enough."""
        keep = 0.5 ** (seconds / HALF_LIVES[-1])
        squares, spread, stretches = keep * self.squares, keep * self.spread, keep * self.stretches
        bad, requests, lasted = self.bad + bad, self.requests + requests, self.seconds + seconds
        if requests * share < _EXPECTED or lasted < _STRETCH:
            return Noise(squares, spread, stretches, bad, requests, lasted, self.last_bad, self.last_requests)
        if self.last_requests > 0:
            pooled = (bad + self.last_bad) / (requests + self.last_requests)
            chance = requests * pooled * (1 - pooled) * (1 + requests / self.last_requests)
            change = bad - requests * self.last_bad / self.last_requests
            squares += min(change * change, chance * max(_JUMP, _TIMES * self.factor))
            spread, stretches = spread + chance, stretches + 1
        return Noise(squares, spread, stretches, 0.0, 0.0, 0.0, bad, requests)


_UNSEEN, _QUIET, _NOTHING = Decayed(), Noise(), Tally(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The capital of every bet, as logs, and what the next bets are chosen from: past ticks only."""

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

    def against(self) -> float:
        """Log of the capital of all bets that the canary is bad, equally weighted."""
        capital = _capital(self.relative, self.ticks)
        return log_mean([capital, _capital(self.absolute, self.ticks)]) if self.absolute else capital

    def proof(self, plan: Plan, margin: int) -> float:
        """Log of the capital of the bet that the canary is not worse by `plan.margins[margin]`."""
        width = len(plan.half_lives)
        return log_mean(self.proofs[margin * width : (margin + 1) * width])


@lru_cache(maxsize=4096)
def begin(plan: Plan) -> Comparison:
    """Nothing seen, nothing won."""
    return Comparison(
        relative=(-inf,) * sum(len(each) for each in plan.bets),
        absolute=(-inf,) * len(_LIMIT_DIFFERENCES) if plan.limit is not None else (),
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
        return replace(known, waiting=whole, waited=seconds)
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


def _waiting(ticks: int) -> float:
    """What is not yet bet after so many ticks: never nothing, so that no tick is too late to turn bad."""
    return (1 - _START) * _STARTS / (_STARTS + ticks - 1) if ticks else 1.0


def _capital(bets: tuple[float, ...], ticks: int) -> float:
    """Log of the mean capital of all bets; what a bet has not yet staked, it still has."""
    if not bets:
        return 0.0
    staked, left = log_mean(bets), log(_waiting(ticks))
    return max(staked, left) + log1p(exp(-abs(staked - left)))


class _Settled(NamedTuple):
    """The bets after a tick."""

    relative: tuple[float, ...]
    absolute: tuple[float, ...]
    proofs: tuple[float, ...]
    alone: float
    ticks: int


def _settle(known: Comparison, plan: Plan, tally: Tally) -> _Settled:
    factor, joining = known.noise.factor, starting(known.ticks + 1)
    shares = [each.share for each in known.stable]
    relative: list[float] = []
    for share, bets in zip(shares, plan.bets, strict=True):
        relative += _worse(plan, tally, share, bets)
    equal = zip(*[log_e_equal(tally, share, plan.margins) for share in shares], strict=True)
    return _Settled(
        _joined(known.relative, relative, factor, joining),
        _joined(known.absolute, _beyond(plan, tally, shares[-1]), factor, joining),
        tuple([old + won / factor for old, won in zip(known.proofs, chain(*equal), strict=True)]),
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
    worse = [min(MOST_SHARE, max(limit, share) + each) for each in _LIMIT_DIFFERENCES]
    beside = log_e(tally, worse, share, 0.0)
    return [min(log_e_alone(tally, each, limit), won) for each, won in zip(worse, beside, strict=True)]


def _settle_alone(known: Comparison, plan: Plan, tally: Tally) -> _Settled:
    """Against the limit, or against stable as it was last seen where that is worse."""
    if plan.limit is None:
        return _as_before(known)
    share, factor = known.stable[-1].share, known.noise.factor
    limit = _limit_alone(plan, share)
    worse = [min(MOST_SHARE, limit + each) for each in _LIMIT_DIFFERENCES]
    won = [log_e_alone(tally, each, limit) for each in worse]
    return _Settled(
        known.relative,
        _joined(known.absolute, won, factor, starting(known.ticks + 1)),
        known.proofs,
        known.alone + log_e_alone(tally, min(share, limit / 4), limit) / factor,
        known.ticks + 1,
    )


def _as_before(known: Comparison) -> _Settled:
    return _Settled(known.relative, known.absolute, known.proofs, known.alone, known.ticks)


def _limit_alone(plan: Plan, share: float) -> float:
    return min(MOST_SHARE, max(LEAST_SHARE, plan.limit or 0.0, share + plan.tolerance))


def _joined(capital: tuple[float, ...], won: list[float], factor: float, joining: float) -> tuple[float, ...]:
    """Let the bets that begin with this tick join, and pay all of them: S_t = e_t (S_(t-1) + pi_t)."""
    fresh = log(joining)
    return tuple(
        [
            (old + log1p(exp(fresh - old)) if old > fresh else fresh + log1p(exp(old - fresh)))
            + each / factor
            for old, each in zip(capital, won, strict=True)
        ]
    )


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
