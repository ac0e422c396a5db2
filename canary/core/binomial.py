"""Exact tails of the binomial distribution, and a bound on a rate, with nothing but `math`."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_NEGLIGIBLE = 1e-17
_BISECTIONS = 60


def upper_tail(successes: int, trials: int, rate: float) -> float:
    """P(X >= successes) for X ~ Binomial(trials, rate).

    P(X = k) = C(n, k) p^k (1-p)^(n-k); neighbours differ by the factor (n-k)/(k+1) * p/(1-p),
    so the tail that falls away from the mean is summed from its largest term until the rest
    cannot change the result. Source: Johnson, Kemp, Kotz, Univariate Discrete Distributions,
    3rd ed., equations 3.1 and 3.4. A few times sqrt(trials) additions at most.
    """
    if successes <= 0:
        return 1.0
    if successes > trials or rate <= 0:
        return 0.0
    if rate >= 1:
        return 1.0
    if successes <= trials * rate:
        return max(0.0, 1.0 - lower_tail(successes - 1, trials, rate))
    odds = rate / (1 - rate)
    term = total = _mass(successes, trials, rate)
    for k in range(successes, trials):
        term *= (trials - k) / (k + 1) * odds
        total += term
        if term <= total * _NEGLIGIBLE:
            break
    return min(1.0, total)


def lower_tail(successes: int, trials: int, rate: float) -> float:
    """P(X <= successes): the upper tail of the failures."""
    if successes > trials * rate:
        return max(0.0, 1.0 - upper_tail(successes + 1, trials, rate))
    return upper_tail(trials - successes, trials, 1 - rate)


def rate_at_most(successes: int, trials: int, doubt: float) -> float:
    """Bound the true rate from above: it is higher with probability `doubt` at most.

    The largest u with trials * KL(successes/trials || u) <= ln(1/doubt), from Chernoff's bound
    P(X <= x) <= exp(-n KL(x/n || u)) for x/n <= u (Hoeffding 1963, theorem 1). Slightly wider than
    the exact bound, and found by bisection without summing anything.
    """
    seen = successes / trials
    low, high = seen, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if trials * _divergence(seen, middle) <= -log(doubt):
            low = middle
        else:
            high = middle
    return high


def _mass(successes: int, trials: int, rate: float) -> float:
    ways = lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
    return exp(ways + successes * log(rate) + (trials - successes) * log1p(-rate))


def _divergence(seen: float, rate: float) -> float:
    """Kullback-Leibler divergence of two coins, in nats; infinite where `rate` rules out what was seen."""
    if rate >= 1:
        return 0.0 if seen >= 1 else float("inf")
    hits = seen * log(seen / rate) if seen > 0 else 0.0
    misses = (1 - seen) * (log1p(-seen) - log1p(-rate)) if seen < 1 else 0.0
    return hits + misses
