"""Which orders make sense now. Only the controller decides; who orders something else is told why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core.model import Phase, Verb

if TYPE_CHECKING:
    from canary.core.model import Status
    from canary.ports import Release

_ON_A_STEP = (Phase.PROGRESSING, Phase.PAUSED)
_BEFORE_PROMOTION = (Phase.PREPARING, *_ON_A_STEP)
_RUNNING = (*_BEFORE_PROMOTION, Phase.PROMOTING)


@dataclass(frozen=True, slots=True)
class Offer:
    """An order with its words. One that cannot be taken back is asked about first."""

    verb: Verb
    words: str
    meaning: str
    asked_first: bool = False
    full: bool = False
    back: bool = False

    def typed(self, release: Release) -> str:
        """Write it as it is typed at a terminal."""
        return f"canary {self.verb}{' --full' if self.full else ''} {release.name} -n {release.namespace}"


PROMOTE = Offer(
    Verb.PROMOTE,
    "Promote",
    "Gives the approval that the step waits for, or skips the rest of the step: the hold and the evidence "
    "that is missing, never readiness, a failed rule or a split that is off.",
)
PROMOTE_FULL = Offer(
    Verb.PROMOTE,
    "Promote to the end",
    "Skips the rest of this step and of all steps that follow, up to 100 % of the users. A failed rule still "
    "takes them back.",
    asked_first=True,
    full=True,
)
PAUSE = Offer(Verb.PAUSE, "Pause", "Stays at this weight until somebody resumes. Rules still take it back.")
RESUME = Offer(Verb.RESUME, "Resume", "Goes on where it was paused.")
ABORT = Offer(
    Verb.ABORT,
    "Abort",
    "Takes all users off the canary now, and rejects its revision. Its pods stay for a while, to be "
    "looked at.",
    asked_first=True,
    back=True,
)
ROLLBACK = Offer(
    Verb.ROLLBACK,
    "Roll back",
    "Brings all users back to the previous revision: at once while its pods are kept, through the steps "
    "later.",
    asked_first=True,
    back=True,
)
RETRY = Offer(Verb.RETRY, "Retry", "Releases the rejected revision once more, from the first step.")
ALL = (PROMOTE, PROMOTE_FULL, PAUSE, RESUME, ABORT, ROLLBACK, RETRY)


def offers(release: Release) -> tuple[Offer, ...]:
    """List what would be accepted as the release stands."""
    return tuple(offer for offer in ALL if _makes_sense(offer, release.status))


def offered(verb: Verb, *, full: bool) -> Offer | None:
    """Find the words for an order; None when there is no such order."""
    return next((offer for offer in ALL if (offer.verb, offer.full) == (verb, full)), None)


def _makes_sense(offer: Offer, status: Status) -> bool:
    phase, canary = status.phase, bool(status.canary_revision)
    return {
        Verb.PROMOTE: phase in _ON_A_STEP and bool(status.weight),
        Verb.PAUSE: phase in _BEFORE_PROMOTION and canary and not status.held_by,
        Verb.RESUME: bool(status.held_by),
        Verb.ABORT: phase in _RUNNING and canary,
        Verb.ROLLBACK: phase is Phase.HEALTHY and bool(status.previous_revision),
        Verb.RETRY: phase is Phase.ROLLED_BACK and bool(status.rejected_revision),
    }[offer.verb]
