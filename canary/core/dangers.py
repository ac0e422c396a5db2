"""What takes a release back: the first reason that holds, with the numbers that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core.intents import current_step, pods_for_next
from canary.core.journal import DEADMAN
from canary.core.model import Cause, Phase, Verdict
from canary.core.rules import BUDGET, spent, worst

if TYPE_CHECKING:
    from canary.core.model import Status
    from canary.core.tick import Tick

SPLIT_PATIENCE = 60.0
_RESTARTS = 2
_UNREADY_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Danger:
    """Why a release goes back; `actor` is empty when the controller decided."""

    cause: Cause
    reason: str
    rule: str = ""
    numbers: str = ""
    actor: str = ""


def danger(tick: Tick, status: Status) -> Danger | None:
    """Find what ends this release now; evidence against it first."""
    exposed = status.weight > 0
    if exposed and (found := _worse(tick, status) or _split(tick, status)):
        return found
    if status.phase is Phase.PROMOTING and not exposed:
        return None
    return _blind(tick, status) or _deadline(tick, status)


def lost(tick: Tick, status: Status) -> Danger | None:
    """Tell whether the dead-man took the users of this release back while no controller looked after it.

    A promotion whose route has ended had none left to lose: it goes on.
    """
    mark = tick.seen.route.mark
    promoted = status.phase is Phase.PROMOTING and not status.weight
    if not mark or not status.canary_revision or status.phase is Phase.ROLLING_BACK or promoted:
        return None
    return Danger(Cause.CONTROLLER_LOST, f"The dead-man set the weight to 0: {mark}", actor=DEADMAN)


def superseded(tick: Tick, status: Status) -> Danger | None:
    """Tell whether the owner asks for another template than the one being released."""
    wanted = tick.spec.revision
    if wanted in (status.canary_revision, status.rejected_revision):
        return None
    if wanted == status.stable_revision:
        return Danger(Cause.SUPERSEDED, f"The template is that of stable revision {wanted} again")
    return Danger(Cause.SUPERSEDED, f"Revision {wanted} replaces {status.canary_revision}")


def _worse(tick: Tick, status: Status) -> Danger | None:
    return _rule(status) or _restarts(tick, status) or _spent(tick, status)


def _spent(tick: Tick, status: Status) -> Danger | None:
    """An operator's own bound, which asks for no proof: so many users are enough."""
    over, numbers = spent(tick.spec.rules.bad_answers, status.evidence)
    if not over:
        return None
    return Danger(Cause.BUDGET_SPENT, f"The budget for bad answers is spent: {numbers}", BUDGET, numbers)


def _rule(status: Status) -> Danger | None:
    row = worst(status.evidence)
    if row is None or row.verdict is not Verdict.FAIL:
        return None
    return Danger(Cause.RULE_FAILED, f"Rule {row.name} failed: {row.detail}", row.name, row.detail)


def _restarts(tick: Tick, status: Status) -> Danger | None:
    """More than an operator's own number, or than one; more than none where a pod does not come back."""
    more = tick.pods(status.canary_revision).restarts - status.base_restarts
    tolerated = tick.spec.rules.restarts
    if tolerated is None:
        tolerated = 0 if tick.lasted(status.unready_since, _UNREADY_PATIENCE) else _RESTARTS - 1
    if more <= tolerated:
        return None
    words = f"{more} restarts of canary containers at {status.weight} %"
    return Danger(
        Cause.RESTARTS, f"{words}: look at the logs of revision {status.canary_revision}", numbers=words
    )


def _split(tick: Tick, status: Status) -> Danger | None:
    if not tick.lasted(status.split_off_since, SPLIT_PATIENCE):
        return None
    numbers = f"{status.observed_weight} % seen, {status.weight} % asked"
    return Danger(
        Cause.SPLIT_IGNORED, f"The proxy ignored the weight for a minute: {numbers}", numbers=numbers
    )


def _blind(tick: Tick, status: Status) -> Danger | None:
    budget = tick.spec.blind_budget
    if not tick.lasted(status.blind_since, budget):
        return None
    return Danger(
        Cause.BLIND, f"The metrics store gave no answer for {budget:g} s, the budget for being blind"
    )


def _counting(tick: Tick, status: Status) -> bool:
    """Tell whether users answer the question, only slowly: nothing but time is missing then.

    Once they have, only pods can keep a release from its next step, and those it may not wait for for ever.
    """
    row = worst(status.evidence)
    hampered = status.idle_since or status.unready_since or status.split_off_since or status.stalled
    if not status.weight or row is None or tick.reading is None or hampered:
        return False
    ready = tick.pods(status.canary_revision).ready >= pods_for_next(tick.spec, status)
    return row.verdict is Verdict.HOLD or (row.verdict is Verdict.PASS and ready)


def _deadline(tick: Tick, status: Status) -> Danger | None:
    """The hold of a step is no lack of progress, nor is a pause, nor is evidence that still comes in.

    Nor is a look that has not come back yet: being blind has a clock of its own, and a controller that was
    away for long has not looked at all.
    """
    hold = current_step(tick.spec, status).hold if status.weight else 0.0
    deadline = tick.spec.progress_deadline
    waiting = status.phase is Phase.PAUSED or tick.reading is None or _counting(tick, status)
    if waiting or not tick.lasted(status.progress_at, hold + deadline):
        return None
    if status.idle_since:
        idle = tick.lasted(status.idle_since, deadline)
        return (
            Danger(Cause.IDLE, f"No user request reached the canary within {deadline:g} s") if idle else None
        )
    return Danger(Cause.DEADLINE, f"No progress for {deadline:g} s: {status.reason}")
