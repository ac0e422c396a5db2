"""What a release was judged on, as JSON lines: enough to make every judgement again, years later.

Three kinds of lines. `release` says what a release is held against; it stands before the first look, and
again wherever that changes. `look` has the new ticks of one look and the rows that were judged then.
`journal` is a line of the journal; it is among the others only in a file of its own.

A look names the one that it went on `after`. So it is known which looks counted: one that was recorded and
then lost in a crash, before the status that rested on it was saved, is never gone on from; its ticks are
in the look that came instead. And a look that was not recorded is missed by the one after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from canary.core import plain
from canary.core.checkpoint import reached
from canary.core.model import JournalEntry, Look, Phase, Rules, Step, Verdict, View
from canary.core.plain import NonsenseError
from canary.core.rules import held_against

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from canary.core.model import Decision, Evidence, Spec, Status

_KIND = "kind"
_LATEST = 253_402_300_799.0  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Header:
    """What a release is held against from here on; `revision` and `started` tell it from any other.

    `checkpoint` is what was known before the look that follows: from there one can go on when what was
    before is no longer kept.
    """

    namespace: str
    name: str
    revision: str
    stable: str
    started: float
    rules: Rules
    steps: tuple[Step, ...]
    views: tuple[View, ...]
    checkpoint: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in one view as it was judged."""

    rule: str
    view: View
    verdict: Verdict
    against: float
    proof: float
    needed: int


@dataclass(frozen=True, slots=True)
class Looked:
    """One look of the release that began at `started`, and what was judged on it.

    `after` is the time of the look that it went on from, 0 for none. There are no rows while the
    canary has no users.
    """

    started: float
    after: float
    look: Look
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What could be read, in its order, and a sentence for each line that could not."""

    records: tuple[Header | Looked, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    problems: tuple[str, ...] = ()


_KINDS: dict[str, type[Header | Looked | JournalEntry]] = {
    "release": Header,
    "look": Looked,
    "journal": JournalEntry,
}


def recorded(spec: Spec, before: Status, decision: Decision) -> tuple[Header | Looked, ...]:
    """List what must be kept before the status of a decision may be saved; nothing without a look."""
    look = decision.look
    if look is None:
        return ()
    header = Header(
        namespace=spec.namespace,
        name=spec.name,
        revision=look.revision,
        stable=before.stable_revision,
        started=before.started,
        rules=spec.rules,
        steps=spec.steps,
        views=held_against(spec).views,
        checkpoint=before.checkpoint,
    )
    rows = tuple(map(row, decision.status.evidence)) if look.weight else ()
    return header, Looked(before.started, reached(before.checkpoint), look, rows)


def unrecorded(before: Status, decision: Decision) -> Decision:
    """Leave of a decision what may be done although its look could not be recorded.

    Users may always leave a canary; what they leave it for stays in the evidence. A step forward does
    not happen. Everything else, orders and clocks, goes on without what was just learned.
    """
    after = decision.status
    checkpoint = before.checkpoint if after.checkpoint else None
    if goes_back(before, after):
        return replace(decision, status=replace(after, checkpoint=checkpoint))
    onward = after.weight > before.weight or after.stable_route != before.stable_route
    if onward or (after.phase is Phase.PROMOTING is not before.phase):
        return replace(decision, status=before, acknowledgement=None, notes=())
    return replace(decision, status=replace(after, checkpoint=checkpoint, evidence=before.evidence))


def goes_back(before: Status, after: Status) -> bool:
    """Tell whether users leave the canary."""
    return after.weight < before.weight or after.phase is Phase.ROLLING_BACK


def row(judged: Evidence) -> Row:
    """Keep of a judgement what is compared when it is made again."""
    return Row(judged.rule, judged.view, judged.verdict, judged.against, judged.proof, judged.needed)


def fresh(
    records: Iterable[Header | Looked], header: Header | None, lines: Container[str]
) -> tuple[list[str], Header | None]:
    """Write the lines that are not kept yet, and say which header holds then.

    `header` is the last one that is kept, `lines` the last lines: so many that nothing that is written
    twice, because nobody knows whether it arrived, is kept twice.
    """
    found = []
    for record in records:
        if isinstance(record, Header):
            if header is not None and _terms(record) == _terms(header):
                continue
            header = record
        if (line := written(record)) not in lines:
            found.append(line)
    return found, header


def written(record: Header | Looked | JournalEntry) -> str:
    """Write one record as one line, without its end."""
    (kind,) = (name for name, each in _KINDS.items() if isinstance(record, each))
    return json.dumps({_KIND: kind} | plain.written(record), separators=(",", ":"))


def read(lines: Iterable[str], source: str = "") -> Kept:
    """Read lines back; never raises. A problem names its line, counted from 1, and `source`."""
    found: list[Header | Looked | JournalEntry] = []
    problems = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(_record(line))
        except (ValueError, OverflowError, RecursionError) as error:
            problems.append(f"{source}{': ' if source else ''}line {number}: {_words(error)}")
    return Kept(
        tuple(each for each in found if not isinstance(each, JournalEntry)),
        tuple(each for each in found if isinstance(each, JournalEntry)),
        tuple(problems),
    )


def joined(parts: Iterable[Kept]) -> Kept:
    """Put together what was read from several places, in their order."""
    every = list(parts)
    return Kept(
        tuple(record for each in every for record in each.records),
        tuple(entry for each in every for entry in each.journal),
        tuple(problem for each in every for problem in each.problems),
    )


def _record(line: str) -> Header | Looked | JournalEntry:
    found = json.loads(line)
    kind = found.pop(_KIND, None) if isinstance(found, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise NonsenseError(f"is no record: its kind must be one of {', '.join(_KINDS)}")
    record = plain.read(_KINDS[kind], found)
    if not all(0 <= time <= _LATEST for time in _times(record)):
        raise NonsenseError(f"{kind}: its time is no instant")
    return record


def _times(record: Header | Looked | JournalEntry) -> tuple[float, ...]:
    if isinstance(record, JournalEntry):
        return (record.time,)
    return (
        (record.started,) if isinstance(record, Header) else (record.started, record.after, record.look.time)
    )


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, NonsenseError) else "is no JSON that anybody wrote on purpose"


def _terms(header: Header) -> Header:
    return replace(header, checkpoint=None)
