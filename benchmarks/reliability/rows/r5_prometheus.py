"""R5: the metrics store is away, slow, or answers nonsense."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.cluster.goals import Goal
from benchmarks.reliability.faults.ends import AFTER, PATIENCE, Outcome, ended, ending
from benchmarks.reliability.faults.stand import UNHURRIED, Stand, stand, told
from benchmarks.reliability.faults.store import LATE as LATE_ANSWER
from benchmarks.reliability.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.site import Released
    from benchmarks.cluster.stretch import Stretch
    from benchmarks.reliability.row import Play, Record, Stage
    from demo.observed import Window

RATE = 100.0
BUDGET = 40.0  # seconds that a release may be blind, instead of the default of 15 minutes
DEFAULT = 900.0
WEIGHTS = (10, 25, 50, 100)
GOOD = ('model.version="v1"', UNHURRIED, f'canary.budget.blind="{BUDGET:g}s"')
BAD = 'faults={"enabled": true, "error": {"ratio": 0.5}}'
USUAL = GOOD[:2]  # with the default budget
IN_FLIGHT = 3.0  # seconds for which a decision may still rest on an answer from before
LATE = 5.0  # seconds after the budget within which users must be back
MINUTES = (1, 5, 30)  # of the long outages

SHARES = {"away 0.3": 0.3, "away 0.9": 0.9, "away 1.5": 1.5}
BLIND = ("silent", "failing", "page", "half", "no number", "negative", "mistyped")
ODD = ("slow", "twice", "replicas", "stranger")
EMPTY = "empty"
LONG = "away for long"
BEYOND = ("away 1.5",)


@dataclass(frozen=True, slots=True)
class Outage:
    """What is wrong with the store, from which weight on, for how long, and how long it may be."""

    fault: str
    weight: int
    seconds: float
    budget: float = BUDGET

    @property
    def end(self) -> Outcome:
        """How the release has to end."""
        blind = self.fault != EMPTY and self.seconds > self.budget
        return Outcome.TAKEN_BACK if blind else Outcome.PROMOTED


@contextmanager
def _open(stage: Stage) -> Iterator[Play]:
    with stand(stage, "r5") as made:
        yield partial(_play, made)


def _play(made: Stand, case: str, number: int) -> Record:
    made.store.counts.clear()
    if case in ODD:
        return _odd(made, case, bad=number % 2 == 0)
    if case == LONG:
        seconds = 60.0 * MINUTES[(number - 1) % len(MINUTES)]
        return _outage(made, USUAL, Outage("refused", WEIGHTS[0], seconds, DEFAULT))
    if case in SHARES:
        weight = WEIGHTS[(number - 1) % len(WEIGHTS)]
        return _outage(made, GOOD, Outage("refused", weight, SHARES[case] * BUDGET))
    return _outage(made, GOOD, Outage(case, WEIGHTS[0], (1.5 if number % 2 == 0 else 0.3) * BUDGET))


def _outage(made: Stand, kind: tuple[str, ...], outage: Outage) -> Record:
    """A good release whose evidence stops for a while."""
    site, store = made.site, made.store
    site.require(*kind)
    with site.users(RATE) as stretch:
        released = site.release(*kind)
        stretch.until(lambda route: route[-1] == outage.weight, PATIENCE, f"weight {outage.weight}")
        began = time.time()
        try:
            store.fault = outage.fault
            stretch.last(outage.seconds)
        finally:
            store.fault = ""
        away = time.time() - began
        window = _finished(stretch)
    return _ending(made, released, window, outage.end) | _during(window, outage, began, away)


def _odd(made: Stand, fault: str, *, bad: bool) -> Record:
    """A release that is judged by odd answers, good or bad: they must be understood all the same."""
    site, store = made.site, made.store
    site.require(*GOOD)
    with site.users(RATE) as stretch:
        try:
            store.fault = fault
            released = site.release(*GOOD, *((BAD,) if bad else ()))
            stretch.until(ended, PATIENCE, "the end of the release")
        finally:
            store.fault = ""
        window = _finished(stretch)
    wanted = Outcome.TAKEN_BACK if bad else Outcome.PROMOTED
    record = _ending(made, released, window, wanted)
    of_stable = [each for each in window.failed if each.revision != released.revision]
    return record | {"raised_blind": 0, "failed": len(of_stable), "bad": int(bad)}


def _finished(stretch: Stretch) -> Window:
    stretch.until(ended, PATIENCE, "the end of the release")
    stretch.last(AFTER)
    return stretch.finish()


def _ending(made: Stand, released: Released, window: Window, wanted: Outcome) -> Record:
    found = ending(window, released.revision)
    if found is Outcome.PROMOTED:
        made.site.adopt(released)
    return {
        "wrong_end": int(found is not wanted),
        "outcome": str(found),
        "weights": window.route,
        "requests": len(window.requests),
        "answers": told(made.store.counts),
        "reason": str(made.site.production.reads.status().get("reason", "")),
    }


def _during(window: Window, outage: Outage, began: float, away: float) -> Record:
    blind = [seen for seen in window.weights if began + IN_FLIGHT < seen.time <= began + away]
    raised = [seen for seen in blind if seen.weight > outage.weight]
    back = next((seen.time - began for seen in window.weights if seen.time > began and not seen.weight), 0.0)
    record: Record = {"raised_blind": len(raised), "failed": len(window.failed), "away": round(away, 1)}
    if outage.end is Outcome.TAKEN_BACK:
        record |= {"back_seconds": round(back, 1), "early": int(back < outage.budget)}
        record |= {"late_seconds": round(back - outage.budget, 1)}
    return record


ROW = Row(
    name="R5",
    title="the metrics store is away, slow or answers nonsense",
    holds=(
        "no step forward without data: hold within the blind budget and go on afterwards, beyond it roll "
        "back as blind; doubled, foreign or late series change no decision"
    ),
    method=f"""\
{RATE:g} requests/s, latency judged at 1 s; the controller runs on the host and asks Prometheus through a
proxy. The blind budget is {BUDGET:g} s instead of 15 min. *away*: nobody listens for 0.3, 0.9 and 1.5
times the budget, from the moment that the weight reaches 10, 25, 50 or 100 %, one a round. *silent*:
connected, never answered;
*failing*: status 503; *page*: a log-in page; *half*: JSON that breaks off; *no number*, *negative*,
*mistyped*: samples that are none; each for 0.3 of the budget in odd rounds and 1.5 in even ones. *empty*:
a success without series, as of a store that has lost its data: that is no blindness, there is nobody to
be seen. *slow*: answers {LATE_ANSWER:g} s late; *twice*: every series two times; *replicas*: two scrapers
that nobody merged; *stranger*: another tenant's series with the same revisions and nothing but errors;
these last through a whole release, a good one in odd rounds and one with 50 % errors in even ones.
*{LONG}*: 1, 5 and 30 min with the default budget of 15 min.""",
    cases=(*SHARES, *BLIND, EMPTY, *ODD, LONG),
    long=4,
    minutes=2.0,
    open=_open,
    goals=(
        Goal("steps forward without data", (), "raised_blind", sum, 0, "steps"),
        Goal("ended otherwise than it must", (), "wrong_end", sum, 0, "releases"),
        Goal("back on stable after the budget, latest", BEYOND, "late_seconds", max, LATE, "s"),
        Goal("taken back before the budget was spent", BEYOND, "early", sum, 0, "releases"),
        Goal("requests failed on any but a faulty revision", (), "failed", sum, 0, "requests"),
    ),
)
