"""What an operator orders: done or refused in the same look, with a sentence either way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from canary.core import moves
from canary.core.dangers import Danger
from canary.core.intents import ORDERED, current_step
from canary.core.journal import ORDER, Basis, remark
from canary.core.model import Acknowledgement, Cause, Phase, Verb
from canary.core.retreats import retreat
from canary.core.units import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.core.model import Command, Status
    from canary.core.tick import Tick

_ON_A_STEP = (Phase.PROGRESSING, Phase.PAUSED)
_BEFORE_PROMOTION = (Phase.PREPARING, *_ON_A_STEP)
_RUNNING = (*_BEFORE_PROMOTION, Phase.PROMOTING)


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: str


def obey(tick: Tick, status: Status) -> tuple[Status, Acknowledgement | None]:
    """Carry out the order that was seen, if any; a refusal leaves the status as it is.

    An order that is still there although it was carried out lost its answer: it gets it again.
    """
    command = tick.seen.command
    if command is None:
        return status, None
    if command.uid and command.uid == status.obeyed:
        return status, Acknowledgement(command.name, accepted=True, message=status.answer)
    outcome = _unexpected(status, command) or _VERBS[command.verb](tick, status, command)
    if isinstance(outcome, _Refused):
        return status, Acknowledgement(
            command.name, accepted=False, message=f"{command.verb} refused: {outcome.reason}"
        )
    after, message = outcome
    done = replace(after, obeyed=command.uid, answer=sentence(message))
    return done, Acknowledgement(command.name, accepted=True, message=done.answer)


def _unexpected(status: Status, command: Command) -> _Refused | None:
    """An order given while looking at another state may mean the opposite now."""
    present = {status.canary_revision} if status.canary_revision else _at_rest_revisions(status)
    if command.expected_revision and command.expected_revision not in present:
        named = " and ".join(sorted(present - {""})) or "nothing"
        return _Refused(f"meant for revision {command.expected_revision}, but {named} is there: look again")
    if command.expected_step is not None and command.expected_step != status.step:
        return _Refused(
            f"meant for step {command.expected_step + 1}, but this is step {status.step + 1}: look again"
        )
    return None


def _at_rest_revisions(status: Status) -> set[str]:
    return {status.stable_revision, status.rejected_revision}


def _promote(tick: Tick, status: Status, command: Command) -> tuple[Status, str] | _Refused:
    if status.phase not in _ON_A_STEP or not status.weight:
        return _Refused(
            f"the release is {status.phase}, and only a step can be left: wait until the canary has users"
        )
    asked = current_step(tick.spec, status).approval and not status.approved_by
    if asked and not command.full and not status.held_by:
        said = "approved; what else the step waits for must still come, promote again to skip it"
        after = replace(status, approved_by=command.actor)
    else:
        said = "skips what is left of " + ("all steps" if command.full else "this step")
        said += ", once the metrics store answers" if status.blind_since else ""
        after = replace(
            status, approved_by=command.actor, skipped_by=command.actor, full=command.full, held_by=""
        )
    return _noted(tick, after, f"promote: {said}", command.actor), said


def _pause(tick: Tick, status: Status, command: Command) -> tuple[Status, str] | _Refused:
    if status.phase not in _BEFORE_PROMOTION or not status.canary_revision:
        return _Refused(f"the release is {status.phase}, there is nothing to hold")
    if status.held_by:
        return status, f"already paused by {status.held_by}"
    after = replace(status, held_by=command.actor, skipped_by="", full=False)
    return _noted(
        tick, after, "pause", command.actor
    ), f"paused at {status.weight} %; rules still take it back"


def _resume(tick: Tick, status: Status, command: Command) -> tuple[Status, str] | _Refused:
    if not status.held_by:
        waits = f": {status.reason}" if status.phase is Phase.PAUSED else ""
        return _Refused(f"nobody paused it{waits}")
    after = replace(status, held_by="")
    return _noted(tick, after, "resume", command.actor), f"goes on at {status.weight} %"


def _abort(tick: Tick, status: Status, command: Command) -> tuple[Status, str] | _Refused:
    if status.phase is Phase.ROLLING_BACK:
        return status, "already on the way back"
    if status.phase not in _RUNNING:
        return _Refused(f"no release is running, it is {status.phase}")
    if not status.canary_revision:
        return _Refused("the first revision has nothing to go back to: change the template instead")
    reason = f"{command.verb} ordered by {command.actor}"
    after = retreat(tick, status, Danger(Cause.ABORTED, reason, rule=ORDER, actor=command.actor))
    return after, f"all traffic goes back to revision {status.stable_revision}"


def _retry(tick: Tick, status: Status, command: Command) -> tuple[Status, str] | _Refused:
    if status.phase is not Phase.ROLLED_BACK or not status.rejected_revision:
        return _Refused(f"the release is {status.phase}, and only a rejected revision can be tried again")
    after = _noted(tick, replace(status, rejected_revision=""), "retry", command.actor)
    return after, f"revision {status.rejected_revision} is released again"


def _rollback(tick: Tick, status: Status, command: Command) -> tuple[Status, str] | _Refused:
    """In mid-release the way back is stable; at rest it is an earlier revision that was kept."""
    if status.phase in (*_RUNNING, Phase.ROLLING_BACK):
        if command.to_revision in ("", status.stable_revision):
            return _abort(tick, status, command)
        return _Refused("a release is running: abort it first, then roll back to an older revision")
    chosen = command.to_revision or status.previous_revision
    if refused := _not_there(tick, status, chosen):
        return refused
    return _go_back(tick, status, command, chosen)


def _not_there(tick: Tick, status: Status, chosen: str) -> _Refused | None:
    if chosen and chosen == status.stable_revision:
        return _Refused(f"revision {chosen} serves all traffic already")
    if chosen and chosen == status.rejected_revision:
        return _Refused(f"revision {chosen} is the rejected one: retry releases it again")
    if chosen in tick.seen.revisions:
        return None
    kept = sorted(set(tick.seen.revisions) - _at_rest_revisions(status))
    names = f"choose one of {', '.join(kept)}" if kept else "none is kept"
    return _Refused(
        f"{f'revision {chosen} is not kept' if chosen else 'there is no previous revision'}: {names}"
    )


def _go_back(tick: Tick, status: Status, command: Command, chosen: str) -> tuple[Status, str]:
    """Inside the rollback window, or if ordered, at once when its pods are ready; later through the steps."""
    warm = chosen == status.previous_revision and status.rollback_until > tick.now
    after = replace(moves.begin(tick, status, chosen), rejected_revision=tick.spec.revision)
    if command.now or warm:
        after = replace(after, rollback_cause=ORDERED, rollback_by=command.actor)
        said = f"goes back to revision {chosen} as soon as its pods are ready"
    else:
        said = f"releases revision {chosen} again, step by step"
    return _noted(tick, after, f"rollback: {said}", command.actor), said


def _noted(tick: Tick, status: Status, reason: str, actor: str) -> Status:
    return remark(status, tick.now, status.weight, reason, Basis(ORDER, actor=actor))


_VERBS: dict[Verb, Callable[[Tick, Status, Command], tuple[Status, str] | _Refused]] = {
    Verb.PROMOTE: _promote,
    Verb.ROLLBACK: _rollback,
    Verb.ABORT: _abort,
    Verb.PAUSE: _pause,
    Verb.RESUME: _resume,
    Verb.RETRY: _retry,
}
