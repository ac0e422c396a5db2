"""What past ticks tell about one side: its share of bad answers of late, and how noisy stable is."""

from __future__ import annotations

from typing import NamedTuple

from canary.core.margin import MOST_SHARE

_PRIOR = (0.1, 50.0)  # bad answers and requests that stand for what is known before any stable request
_CALM = 3.0  # quiet stretches taken for granted before any was seen
_JUMP = 20.0  # how much more than chance one change of level may count in quiet traffic, and
_TIMES = 7.0  # in noisy traffic, of the noise so far: no single change may pass for noise
_STRETCH = 12.0  # seconds that a stretch lasts at least: bursts of bad answers outlast a scrape
_EXPECTED = 2.0  # bad answers that a stretch of stable must lead one to expect, or it is too short to tell
HALF_LIVES = (60.0, 600.0)  # seconds


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
