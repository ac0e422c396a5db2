"""Acts 4 to 6: a good release, a bad one, and one decided by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from delivery import steps
from demo import judges
from demo.judges import QUIET, Finding
from demo.observed import SETTLE
from demo.stage import Playing

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.observed import Window
    from demo.stage import Stage

PATIENCE = 240.0  # seconds a release may take from its first look to its last answer
HELD = 15.0  # seconds a paused release is watched: longer than its step would hold
RETURN = 2.0  # seconds after the order in which the last answer of a revision may begin
GOOD, BAD, BY_HAND = "v1", "v2", "v3"
PROMOTED, ROLLED_BACK = 0, 1  # exit codes of `canary status --watch`


def good_release(stage: Stage) -> Finding:
    """The first learned model by plain `helm upgrade`; nobody may notice but by the answers."""
    new, playing = _release(stage, GOOD)
    weights = playing.production.steps()
    playing.until(_through(100), PATIENCE, "weight 100 and then 0 in the Ingress")
    window = playing.last(SETTLE + QUIET)
    finding = judges.good(window, stage.cast, new, weights)
    return _replayed(playing, new, _watched(stage, finding, PROMOTED))


def bad_release(stage: Stage) -> Finding:
    """The same model with faults switched on: every answer of it is an error, so the rules must stop it."""
    faults = 'faults={"enabled": true, "error": {"ratio": 1}}'
    new, playing = _release(stage, BAD, faults)
    stage.deliberate.add(new)
    first = playing.production.steps()[0]
    playing.until(_through(first), PATIENCE, f"weight {first} and then 0 in the Ingress")
    window = playing.last(SETTLE + QUIET)
    why = playing.production.explain()
    for line in why.strip().splitlines():
        stage.screen.say(f"  {line}")
    finding = judges.bad(window, stage.cast, (stage.named(GOOD), new), first, why)
    facts = {**finding.facts, "decision": "rolled back", "why": why.strip().splitlines()}
    return _replayed(playing, new, _watched(stage, Finding(finding.complaint, facts), ROLLED_BACK))


def by_hand(stage: Stage) -> Finding:
    """A release is paused at its first step, promoted by an operator, and then taken back."""
    new, playing = _release(stage, BY_HAND, "threads=6")
    first = playing.production.steps()[0]
    playing.until(lambda _: playing.eyes.weights.now == first, PATIENCE, f"weight {first} in the Ingress")
    parts: dict[str, Finding] = {}
    for name, play in (("held", _hold), ("promoted", _promote), ("returned", _return)):
        parts[name] = play(stage, new, first)
        if not parts[name].held:
            break
    return _replayed(playing, new, _together(playing.window(), parts))


def _watched(stage: Stage, finding: Finding, expected: int) -> Finding:
    code = steps.watch(stage.cluster, stage.screen.say)
    return judges.watched(finding, code, expected)


def _replayed(playing: Playing, revision: str, finding: Finding) -> Finding:
    answer = playing.production.replay(revision)
    return judges.replayed(finding, answer.output, agrees=answer.code == 0)


def _hold(stage: Stage, new: str, first: int) -> Finding:
    del new
    Playing(stage, "v3 is paused").production.canary("pause", "forecast")
    return judges.held(Playing(stage, "v3 is paused").last(HELD), stage.cast, first, HELD)


def _promote(stage: Stage, new: str, first: int) -> Finding:
    playing = Playing(stage, "v3 is promoted by hand")
    playing.production.canary("promote", "forecast", "--full")
    playing.until(_through(100), PATIENCE, "weight 100 and then 0 in the Ingress")
    return judges.promoted(playing.last(SETTLE + QUIET), stage.cast, new, first)


def _return(stage: Stage, new: str, first: int) -> Finding:
    del new, first
    playing = Playing(stage, "v3 is taken back by hand")
    playing.production.canary("rollback", "forecast")
    return judges.returned(playing.last(RETURN + QUIET + 1), stage.cast, stage.named(GOOD), RETURN)


def _release(stage: Stage, name: str, *settings: str) -> tuple[str, Playing]:
    playing = Playing(stage, f"{name} is released")
    known = playing.production.reads.revisions()
    steps.release(stage.cluster, stage.gated, stage.screen.say, *settings)
    new = playing.production.await_new_revision(known)
    stage.names[new] = name
    return new, playing


def _through(weight: int) -> Callable[[Window], bool]:
    """Whether the Ingress has carried this weight and is back at 0."""
    return lambda window: weight in window.route and window.route[-1] == 0


def _together(whole: Window, parts: dict[str, Finding]) -> Finding:
    complaint = next((f"{name}: {part.complaint}" for name, part in parts.items() if not part.held), "")
    facts: dict[str, Any] = {name: dict(part.facts) for name, part in parts.items()}
    facts["weights_seen"] = whole.route
    facts["requests"] = {"total": len(whole.requests), "failed": len(whole.failed)}
    if "returned" in parts:
        facts["rollback_seconds"] = parts["returned"].facts["rollback_seconds"]
    return Finding(complaint, facts)
