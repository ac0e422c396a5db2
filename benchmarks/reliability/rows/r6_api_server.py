"""R6: the API server refuses, forgets, restarts or waits for its store."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.cluster.goals import Bound, Goal
from benchmarks.reliability.faults.api import CALLS, WATCHES, Plan
from benchmarks.reliability.faults.ends import AFTER, PATIENCE, Outcome, ended, ending
from benchmarks.reliability.faults.plane import pause_etcd, restart_api_server
from benchmarks.reliability.faults.stand import UNHURRIED, Stand, stand, told
from benchmarks.reliability.hurt import how
from benchmarks.reliability.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage
    from demo.observed import Window

RATE = 100.0
GOOD = ('model.version="v1"', UNHURRIED)
BAD = (*GOOD, 'faults={"enabled": true, "error": {"ratio": 1}}')
ROUTE = [0, 10, 25, 50, 100, 0]
SHARE = 0.2
BRISK = 20.0  # calls per second that no stretch of ten seconds may exceed
STILL = 8.0  # seconds for which etcd stands still
AT = (10, 50)  # weights at which the control plane is disturbed

QUIET = "undisturbed"
CALLS_FAIL, BAD_TOO = "calls fail", "calls fail, bad release"
WATCHES_BREAK = "watches break"
RESTARTS, STANDS = "API server restarts", "etcd stands still"
DISTURBANCES = (CALLS_FAIL, WATCHES_BREAK, RESTARTS, STANDS)
GOOD_CASES = (QUIET, *DISTURBANCES)
PLANS = {
    CALLS_FAIL: Plan(SHARE, CALLS),
    BAD_TOO: Plan(SHARE, CALLS),
    WATCHES_BREAK: Plan(SHARE, ("gone",), WATCHES, 0.5),
}
DISTURBED: dict[str, Callable[[], object]] = {
    RESTARTS: restart_api_server,
    STANDS: partial(pause_etcd, STILL),
}


@dataclass
class Stood:
    """What the rounds are played on, and how long releases take there when nothing is wrong."""

    made: Stand
    usual: list[float] = field(default_factory=list)


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with stand(stage, "r6") as made:
        yield partial(_play, Stood(made))


def _play(stood: Stood, case: str, _: int) -> Record:
    if case == BAD_TOO:
        return _bad(stood.made)
    if case != QUIET and not stood.usual:
        _good(stood, QUIET)
    return _good(stood, case)


def _good(stood: Stood, case: str) -> Record:
    """A good release, and how much longer it takes than one that nothing disturbs."""
    made = stood.made
    made.site.require(*GOOD)
    starts = len(made.controller.starts)
    with made.site.users(RATE) as stretch, _faults(made, case):
        released = made.site.release(*GOOD)
        for weight in AT if case in DISTURBED else ():
            stretch.until(partial(_stands, weight), PATIENCE, f"weight {weight}")
            DISTURBED[case]()
        stretch.until(ended, PATIENCE, "the end of the release")
        seconds = time.time() - released.changed
        counted = _counted(made)
        made.api.plan = Plan()
        window = _finished(stretch)
    promoted = ending(window, released.revision) is Outcome.PROMOTED
    if promoted:
        made.site.adopt(released)
    stood.usual += [seconds] if case == QUIET else []
    return counted | {
        "seconds": round(seconds, 1),
        "slower": round(seconds / stood.usual[0], 2),
        "wrong_end": int(window.route != ROUTE or not promoted),
        "weights": window.route,
        "failed": len(window.failed),
        "how": how(window.failed),
        "requests": len(window.requests),
        "restarts": len(made.controller.starts) - starts,
    }


def _bad(made: Stand) -> Record:
    """A release that fails every request is taken back although a fifth of the controller's calls fails."""
    made.site.require(*GOOD)
    with made.site.users(RATE) as stretch, _faults(made, BAD_TOO):
        released = made.site.release(*BAD)
        stretch.until(ended, PATIENCE, "the weight back at 0")
        counted = _counted(made)
        window = _finished(stretch)
    bad = [record.start for record in window.failed if record.revision == released.revision]
    others = [record for record in window.failed if record.revision != released.revision]
    return counted | {
        "bad_seconds": round(max(bad) - min(bad), 1) if bad else 0.0,
        "wrong_end": int(ending(window, released.revision) is not Outcome.TAKEN_BACK),
        "highest": max(window.route),
        "weights": window.route,
        "failed": len(others),
        "how": how(others),
        "requests": len(window.requests),
    }


def _stands(weight: int, route: Sequence[int]) -> bool:
    return route[-1] == weight


@contextmanager
def _faults(made: Stand, case: str) -> Iterator[None]:
    made.api.counts.reset()
    made.api.plan = PLANS.get(case, Plan())
    try:
        yield
    finally:
        made.api.plan = Plan()


def _counted(made: Stand) -> Record:
    counts = made.api.counts
    return {
        "calls": counts.calls,
        "busiest": round(counts.busiest(), 1),
        "injected": sum(counts.faults.values()),
        "faults": told(counts.faults),
    }


def _finished(stretch: Stretch) -> Window:
    stretch.last(AFTER)
    return stretch.finish()


ROW = Row(
    name="R6",
    title="the API server refuses, forgets, restarts or waits for its store",
    holds=(
        "the same final state through the same weights, in at most twice the time, without a hot loop; a bad "
        "release is still taken back"
    ),
    method=f"""\
{RATE:g} requests/s, latency judged at 1 s; the controller runs on the host and reaches the API server
through a proxy.
*{CALLS_FAIL}*: {SHARE:.0%} of its calls are refused with 409, 429 (and Retry-After) or 500, told 410,
never answered, or done without the answer arriving, drawn by chance. *{WATCHES_BREAK}*: half of the
watches end after 2 s, are torn, stay open but silent, or are told that their version is too old, and
{SHARE:.0%} of the lists answer 410. *{RESTARTS}*: its process is ended and started again at 10 and at 50
%. *{STANDS}*: SIGSTOP for {STILL:g} s at 10 and at 50 %. Slower: seconds from the change of the spec to
weight 0 again, by those of a release before that nothing disturbed. Busiest: calls per second in the ten
busiest seconds, as the proxy counted them.""",
    cases=(*GOOD_CASES, BAD_TOO),
    long=4,
    minutes=1.6,
    open=_open,
    goals=(
        Goal("another end, or other weights on the way", (), "wrong_end", sum, 0, "releases"),
        Goal("time of a good release, by that of an undisturbed one", GOOD_CASES, "slower", max, 2.0, "x"),
        Goal("calls per second in the busiest ten", (), "busiest", max, BRISK, "calls/s"),
        Goal("highest weight of a bad release", (BAD_TOO,), "highest", max, 10, "%"),
        Goal("requests failed on any but a faulty revision", (), "failed", sum, 0, "requests"),
    ),
    explained={
        RESTARTS: (
            "a round broke on the side of those who look: a watch of theirs that had been answered again was "
            "taken for silent until it ended, 20 s after the restart; that was mended afterwards"
        ),
        "requests failed on any but a faulty revision": (
            "the round before had broken with its release at 50 %. Setting it up afresh took that release "
            "back while Traefik, 10 s after the restart of the API server, still tried to reach it, and its "
            "pods went with the settle time, not when Traefik was seen to follow. That was mended "
            "afterwards: row R7, late on the way back"
        ),
    },
    amounts=(
        Goal("disturbed releases", (*DISTURBANCES, BAD_TOO), "took", len, 20, "releases", Bound.AT_LEAST),
    ),
)
