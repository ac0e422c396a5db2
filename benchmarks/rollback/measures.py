"""What one round came to, read out of what was seen from outside. Pure.

Seconds run to the start of the last request that counts, whenever it was answered. A round in which
nothing could be measured raises StepError: it counts against its goal, it is never left out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from delivery.errors import StepError
from demo.observed import by_revision, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.cluster.partial import Row
    from demo.observed import Window
    from loadtest.records import Record

QUIET = 3.0  # seconds at the end of a round in which only the right revision may answer


class Outcome(StrEnum):
    """How a release ended, by the weights on the Ingress alone."""

    PROMOTED = "promoted"
    TAKEN_BACK = "taken back"
    UNDECIDED = "undecided"


def outcome(route: Sequence[int]) -> Outcome:
    """Tell how the release ended whose weights stood in this order."""
    exposed = max(route, default=0) > 0
    if not exposed or route[-1] > 0:
        return Outcome.UNDECIDED
    return Outcome.PROMOTED if max(route) == 100 else Outcome.TAKEN_BACK


def total_failure(window: Window, broken: str) -> Row:
    """A release that fails all its requests: seconds from the first bad answer to the last."""
    elsewhere = [record for record in window.failed if record.revision != broken]
    if len(elsewhere) == len(window.failed):
        raise StepError(f"revision {broken} answered no user badly: nothing was there to be found")
    _silent(window, broken)
    seen = {"seconds": round(span(window.failed), 3), "failed": len(window.failed)}
    return {**seen, "failed_elsewhere": len(elsewhere), **_common(window)}


def taken_back(window: Window, canary: str, ordered: float) -> Row:
    """An order to go back: seconds from `ordered` (epoch) to the canary's last answer."""
    answers = [record.start for record in window.requests if record.revision == canary]
    if not any(start < ordered for start in answers):
        raise StepError(f"revision {canary} had no user before the order: nothing was there to take back")
    _silent(window, canary)
    seconds = max(0.0, max(answers) - ordered)
    return {"seconds": round(seconds, 3), "failed_elsewhere": len(window.failed), **_common(window)}


def replaced(window: Window, old: str, changed: float) -> Row:
    """A good release: seconds from the change of the spec (epoch) to the old revision's last answer."""
    if outcome(window.route) is not Outcome.PROMOTED:
        raise StepError(f"the release was not promoted: weights seen {window.route}")
    _silent(window, old)
    last = max((record.start for record in window.requests if record.revision == old), default=changed)
    return {"seconds": round(last - changed, 3), "failed": len(window.failed), **_common(window)}


def tolerated(window: Window, revisions: Sequence[str]) -> Row:
    """A release that errs as seldom as stable: how it ended, and the share of errors of each revision."""
    counted = by_revision(window.requests)
    shares = {
        revision: round(counted[revision][1] / counted[revision][0], 5)
        for revision in revisions
        if revision in counted
    }
    ended = outcome(window.route)
    elsewhere = [record for record in window.failed if record.revision not in revisions]
    return {
        "outcome": str(ended),
        "taken_back": int(ended is Outcome.TAKEN_BACK),
        "seconds": round(window.finished - window.started, 1),
        "error_shares": shares,
        "failed_elsewhere": len(elsewhere),
        **_common(window),
    }


def put_back(seconds: float, first: float, requests: Sequence[Record]) -> Row:
    """A foreign edit of the weight at `first` (epoch), undone after `seconds`; users may not notice."""
    since = [record for record in requests if record.start >= first]
    failed = sum(record.failed for record in since)
    return {"seconds": round(seconds, 4), "requests": len(since), "failed_elsewhere": failed}


def _common(window: Window) -> Row:
    return {"weight": max(window.route), "weights": window.route, "requests": len(window.requests)}


def _silent(window: Window, revision: str) -> None:
    """The end that was measured must be one: nothing of `revision` may come in the last seconds."""
    last = window.between(window.finished - QUIET, window.finished)
    answered = by_revision(last.requests)
    if revision in answered:
        raise StepError(f"revision {revision} still answered when the watch ended")
    if not answered:
        raise StepError(f"nobody was answered in the last {QUIET:g} s of the watch: nothing is known of them")
