"""A replayed release in all forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from canary.cli.output import Answer, table
from canary.core import plain
from canary.core.codec import entry_to_json
from canary.core.journal import CONTROLLER
from canary.core.records import row
from canary.core.times import rfc3339
from canary.shown.tables import change
from canary.shown.words import clean, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.audit import Checked, Moment
    from canary.core.replay import Replay

_HEADINGS = ("TIME", "WEIGHT", "DECIDED BY", "REPLAY", "NUMBERS", "RESTS ON")
_MOST_LINES = 20


def retold(found: Replay) -> Answer:
    """Render every decision with its numbers, and whether it follows."""
    return Answer(_document(found), tuple(_lines(found)))


def _document(found: Replay) -> dict[str, Any]:
    header = found.run.header
    return {
        "namespace": header.namespace,
        "name": header.name,
        "revision": header.revision,
        "stable": header.stable,
        "started": rfc3339(header.started),
        "agrees": found.agrees,
        "decisions": [
            entry_to_json(each.entry)
            | {"agrees": each.agrees, "evidence": each.evidence, "restsOn": each.words}
            for each in found.lines
        ],
        "moments": [_moment(each) for each in found.moments],
        "disagreements": list(found.disagreements),
        "repeated": found.repeated,
        "notes": list(found.notes),
    }


def _moment(each: Moment) -> dict[str, Any]:
    return {
        "time": rfc3339(each.time),
        "weight": each.weight,
        "coming": each.coming,
        "against": each.against,
        "rows": [plain.written(row(judged)) for judged in each.rows],
    }


def _lines(found: Replay) -> Iterator[str]:
    header = found.run.header
    yield (
        f"{clean(header.name)} in {clean(header.namespace)}: revision {clean(header.revision)} against "
        f"{clean(header.stable)}, began {stamp(header.started)}"
    )
    if found.lines:
        yield ""
        yield from table(_HEADINGS, map(_row, found.lines))
    yield ""
    yield from (f"note: {each}" for each in found.notes)
    if found.repeated:
        yield f"note: {found.repeated} looks led nowhere: the controller died before it could save them"
    yield from (f"differs: {clean(each)}" for each in found.disagreements[:_MOST_LINES])
    if len(found.disagreements) > _MOST_LINES:
        yield f"differs: {len(found.disagreements) - _MOST_LINES} more; -o json has all of them"
    yield _verdict(found)


def _verdict(found: Replay) -> str:
    judged = f"{len(found.moments)} looks with {sum(len(each.rows) for each in found.moments)} judgements"
    if found.agrees:
        return f"agrees: {judged} come out the same to the last bit"
    return f"differs in {len(found.disagreements)} places; {judged} were made again"


def _row(each: Checked) -> tuple[str, ...]:
    entry = each.entry
    by = clean(entry.rule) if entry.actor == CONTROLLER else f"{clean(entry.rule)}, {clean(entry.actor)}"
    said = ("agrees" if each.evidence else "-") if each.agrees else "differs"
    return (stamp(entry.time), change(entry), by, said, clean(entry.numbers) or "-", clean(each.words))
