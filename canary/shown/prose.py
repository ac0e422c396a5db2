"""The last decision in sentences: who took it, when, on which numbers, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.artefacts import notes
from canary.core.journal import ORDER
from canary.core.model import Phase
from canary.shown.picture import phase, seen
from canary.shown.words import clean, span, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.model import JournalEntry, Status
    from canary.ports import Release
    from canary.shown.past import Story

_SHOWN = 20
_HELD = "`canary promote {name}`, `canary resume {name}` or `canary abort {name}` decides"
_UNAPPROVED = "`canary promote {name}` or `canary abort {name}` decides"
_BLIND = "it goes on when the metrics store answers; `canary abort {name}` does not wait for that"
_NEXT = {
    Phase.ROLLED_BACK: "change the template, or `canary retry {name}` to try the same one again",
    Phase.PROGRESSING: "`canary status {name} --watch` shows what is still missing",
}


def prose(story: Story, now: float) -> Iterator[str]:
    """Tell how the release stands and why, one sentence at a time."""
    release, decision = story.release, story.decision
    yield f"{release.name} in {release.namespace} is {phase(release)}."
    if release.problem or release.status.stalled:
        yield f"It cannot go on: {clean(release.problem or release.status.stalled)}."
    if not seen(release):
        yield "The controller has not looked at the newest change yet; what follows is about the one before."
    if decision is None:
        yield "Nothing has been decided yet."
    else:
        yield from _decision(decision, now)
    if release.status.reason and (decision is None or release.status.reason != decision.reason):
        yield f"Now: {clean(release.status.reason)}."
    if advice := _next(release.status):
        yield f"Next: {advice.format(name=release.name)}."


def _next(status: Status) -> str:
    """What can be done: no order but one to abort moves a release that nothing is known of."""
    if status.phase is not Phase.PAUSED:
        return _NEXT.get(status.phase, "")
    if status.blind_since:
        return _BLIND
    return _HELD if status.held_by else _UNAPPROVED


def remarks(release: Release) -> Iterator[str]:
    """Tell what the owner says of the newest template, line by line, of which nothing steers a terminal."""
    lines = [clean(line) for line in notes(release.raw or {}).splitlines()]
    if lines:
        yield "Its owner says of the newest template:"
        yield from (f"  {line}".rstrip() for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  ... and {len(lines) - _SHOWN} lines more"


def _decision(entry: JournalEntry, now: float) -> Iterator[str]:
    yield f"{stamp(entry.time)}, {span(now - entry.time)} ago: {clean(entry.actor)} {_deed(entry)}."
    if entry.rule == ORDER and entry.weight_from == entry.weight_to:
        return
    yield f"Because: {clean(entry.reason) or 'no reason was recorded'}."
    if entry.rule:
        yield f"Decided by: {': '.join(part for part in (clean(entry.rule), clean(entry.numbers)) if part)}."


def _deed(entry: JournalEntry) -> str:
    if entry.weight_from != entry.weight_to:
        return f"took revision {entry.revision} from {entry.weight_from} % to {entry.weight_to} %"
    if entry.rule == ORDER:
        return f"ordered {clean(entry.reason)}, revision {entry.revision} at {entry.weight_to} %"
    return f"made it {entry.phase}, revision {entry.revision} at {entry.weight_to} %"
