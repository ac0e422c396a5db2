"""The state machine of a release. One call looks once and decides once; nothing is remembered elsewhere.

    Healthy ----- a new template ------------------------------------> Preparing
    Preparing --- pods ready, Service and proxy settled -------------> Progressing at the first step
    Progressing - hold over, split right, every rule PASS -----------> Progressing at the next step
    Progressing - the same before the step of 100 % -----------------> Promoting
    Promoting --- route at 100 %, stable Service moved, route at 0 --> Healthy with the new revision
    Preparing and Progressing <--- blind, held, or unapproved -------> Paused
    any of these - a danger, an abort, another template -------------> RollingBack
    RollingBack - everybody is seen on stable again -----------------> RolledBack, or Healthy if superseded
    RolledBack -- another template, or retry ------------------------> Preparing

`clocks` takes in what was seen, `commands` what an operator ordered, `dangers` says what takes a
release back, `gates` what it waits for, `moves` and `retreats` make the next status and its journal line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canary.core import gates, moves, retreats
from canary.core.clocks import observe, recorded, resting
from canary.core.commands import obey
from canary.core.dangers import danger, lost, superseded
from canary.core.intents import ORDERED, next_step
from canary.core.model import Decision, Phase
from canary.core.notes import notes
from canary.core.schedule import next_look
from canary.core.tick import Tick
from canary.core.units import sentence

if TYPE_CHECKING:
    from canary.core.model import Observation, Spec, Status


def decide(spec: Spec, status: Status, observation: Observation, now: float, settle: float) -> Decision:
    """Decide once. `settle` is how many seconds the proxy may need to follow an object. Never raises."""
    tick = Tick(spec, observation, round(now, 3), settle)  # stored times have milliseconds
    observed = observe(tick, status)
    ordered, answer = obey(tick, _returned(tick, observed))
    after = _follow(tick, ordered)
    look = recorded(tick, status, observed)
    return Decision(after, next_look(tick, status, after), answer, notes(status, after), look)


def stall(status: Status, problem: str, generation: int) -> Decision:
    """Answer to a spec that cannot be understood: everything stays as it is, and says why."""
    after = replace(status, stalled=sentence(problem), observed_generation=generation)
    return Decision(after, 30.0 if resting(status) else 5.0, notes=notes(status, after))


def _returned(tick: Tick, status: Status) -> Status:
    """Nothing that anybody ordered meanwhile brings back the users whom the dead-man took away."""
    end = lost(tick, status)
    return retreats.retreat(tick, status, end) if end else status


def _follow(tick: Tick, status: Status) -> Status:
    """Walk on while only the phase changes; a new weight has to be seen on the route first."""
    after = _PHASES[status.phase](tick, status)
    while after.phase is not status.phase and after.weight == status.weight:
        status, after = after, _PHASES[after.phase](tick, after)
    return replace(after, reason=sentence(after.reason))


def _at_rest(tick: Tick, status: Status) -> Status:
    if tick.seen.route.mark:
        return status  # it tells of the release before: the next one begins when it is gone
    if not status.stable_revision:
        return moves.begin_first(tick, status)
    if tick.spec.revision == status.stable_revision:
        return moves.rest(status)
    if tick.spec.revision == status.rejected_revision:
        return replace(status, phase=Phase.ROLLED_BACK)
    return moves.begin(tick, status, tick.spec.revision)


def _preparing(tick: Tick, status: Status) -> Status:
    if not status.canary_revision:
        return _preparing_first(tick, status)
    if end := superseded(tick, status) or danger(tick, status):
        return retreats.retreat(tick, status, end)
    if status.rollback_cause == ORDERED:
        wait = gates.before_flip_back(tick, status)
        return moves.hold(tick, status, wait) if wait else retreats.flip_back(tick, status)
    if tick.followed(status.weight_confirmed):
        status = replace(status, canary_route=status.canary_revision)
    wait = gates.before_first_share(tick, status)
    return moves.hold(tick, status, wait) if wait else moves.raise_to(tick, status, 0)


def _preparing_first(tick: Tick, status: Status) -> Status:
    if tick.spec.revision != status.stable_revision:
        return moves.begin_first(tick, status)
    wait = gates.before_first_revision(tick, status)
    return moves.hold(tick, status, wait) if wait else moves.finish_first(tick, status)


def _progressing(tick: Tick, status: Status) -> Status:
    if end := superseded(tick, status) or danger(tick, status):
        return retreats.retreat(tick, status, end)
    if wait := gates.before_next_step(tick, status):
        return moves.hold(tick, status, wait)
    coming = next_step(tick.spec, status)
    return moves.start_promotion(tick, status) if coming is None else moves.raise_to(tick, status, coming)


def _on_the_way(tick: Tick, status: Status) -> Status:
    """Users or none yet tells where a release stands, also after a pause."""
    return _progressing(tick, status) if status.weight else _preparing(tick, status)


def _promoting(tick: Tick, status: Status) -> Status:
    if end := superseded(tick, status) or danger(tick, status):
        return retreats.retreat(tick, status, end)
    if status.stable_route != status.canary_revision:
        wait, move = gates.before_flip(tick, status), moves.flip
    elif status.weight:
        wait, move = gates.before_unweight(tick, status), moves.unweight
    else:
        wait, move = gates.before_promoted(tick, status), moves.finish_promotion
    return moves.hold(tick, status, wait) if wait else move(tick, status)


def _rolling_back(tick: Tick, status: Status) -> Status:
    if status.weight:
        return retreats.empty(tick, status)
    return status if gates.before_rest(tick, status) else retreats.finish_rollback(tick, status)


_PHASES = {
    Phase.HEALTHY: _at_rest,
    Phase.PREPARING: _on_the_way,
    Phase.PROGRESSING: _on_the_way,
    Phase.PAUSED: _on_the_way,
    Phase.PROMOTING: _promoting,
    Phase.ROLLING_BACK: _rolling_back,
    Phase.ROLLED_BACK: _at_rest,
}
