"""A release judged again, from nothing, out of its records alone.

The same functions that judged it then take the same ticks in the same order, so every number must come out
the same to the last bit; and every line of its journal must follow from what was known when it was written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from canary.core import audit, checkpoint
from canary.core.audit import Checked, Moment
from canary.core.evidence import begin, odds_against, watch
from canary.core.records import Header, Looked, row
from canary.core.rules import judged, taken_in
from canary.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from canary.core.model import JournalEntry
    from canary.core.records import Kept, Row

_UNREADABLE = "the numbers make no sense"


@dataclass(frozen=True, slots=True)
class Run:
    """The records of one release: each look with what held then, and the lines of its journal."""

    header: Header
    looks: tuple[tuple[Header, Looked], ...]
    journal: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out: every look that counted, every line of the journal, and what does not agree.

    `repeated` looks were recorded, but their ticks counted in a later look: whoever had looked did not
    live to save what came of it. `notes` say what cannot be told any more.
    """

    run: Run
    moments: tuple[Moment, ...]
    lines: tuple[Checked, ...]
    disagreements: tuple[str, ...]
    repeated: int = 0
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return not self.disagreements


def runs(kept: Kept) -> tuple[Run, ...]:
    """Tell the releases apart, oldest first. A look without a header belongs to none."""
    held: dict[tuple[float, str], Header] = {}
    looks: dict[tuple[float, str], list[tuple[Header, Looked]]] = {}
    for record in kept.records:
        if isinstance(record, Header):
            held[record.started, record.revision] = record
        elif header := held.get((record.started, record.look.revision)):
            looks.setdefault((record.started, record.look.revision), []).append((header, record))
    ends = dict(pairwise(sorted({started for started, _ in looks})))
    return tuple(
        Run(found[0][0], tuple(found), _lines(kept, found[0][0], ends.get(started)))
        for (started, _), found in sorted(looks.items())
    )


def replay(run: Run) -> Replay:
    """Judge a release again. Never raises."""
    past = _Past(Counter(looked.after for _, looked in run.looks))
    judgements = {looked.look.time: past.judge(header, looked) for header, looked in run.looks}
    counted = _counted(run)
    moments = tuple(each for time, each in judgements.items() if each is not None and time in counted)
    lines = audit.checked(run.journal, moments)
    wrong = tuple(f"{rfc3339(each.entry.time)}: {each.words}" for each in lines if not each.agrees)
    return Replay(
        run=run,
        moments=moments,
        lines=lines,
        disagreements=(*past.wrong, *wrong, *audit.unexplained(run.journal, moments)),
        repeated=len(run.looks) - len(counted),
        notes=tuple(past.notes),
    )


class _Past:
    """What was known after each look, as long as a later look goes on from it."""

    def __init__(self, going_on: Counter[float]) -> None:
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self._going_on = going_on
        self._known: dict[float, Mapping[str, Any] | None] = {0.0: None}
        self._lost: set[float] = set()

    def judge(self, header: Header, looked: Looked) -> Moment | None:
        """Judge one look; None when what it went on from is not known, or nobody can make sense of it."""
        look = looked.look
        if not self._reach(header, looked):
            self._lost.add(look.time)
            return None
        stored = self._known[looked.after]
        try:
            held_to = watch(header.rules, header.steps, header.views)
            state = taken_in(held_to, checkpoint.unpack(held_to, stored) or begin(held_to), look)
            rows = judged(held_to, state, header.rules, look) if look.weight else ()
            against = odds_against(held_to, state)
        except (ArithmeticError, ValueError, LookupError):
            self._lost.add(look.time)
            self.wrong.append(f"{rfc3339(look.time)}: cannot be judged again: {_UNREADABLE}")
            return None
        self._keep(looked, checkpoint.pack(held_to, state, look.time))
        self.wrong += _differences(looked, tuple(map(row, rows)))
        return Moment(look.time, look.weight, look.coming, against, rows, header.rules)

    def _reach(self, header: Header, looked: Looked) -> bool:
        after = looked.after
        if after in self._known:
            return True
        stored = header.checkpoint
        if stored and checkpoint.reached(stored) == after:
            self._known[after] = stored
            self.notes.append(
                f"what was seen before {rfc3339(after)} is no longer kept: judged from what was known then"
            )
            return True
        if after not in self._lost:
            self.wrong.append(
                f"{rfc3339(looked.look.time)}: goes on from a look at {rfc3339(after)} that was not "
                "recorded: from here on nothing can be judged again"
            )
        return False

    def _keep(self, looked: Looked, stored: Mapping[str, Any]) -> None:
        self._known[looked.look.time] = stored
        self._going_on[looked.after] -= 1
        if looked.after and not self._going_on[looked.after]:
            del self._known[looked.after]


def _lines(kept: Kept, header: Header, end: float | None) -> tuple[JournalEntry, ...]:
    """Find the lines about a release: those about its revision until the next one began."""
    found = (
        entry
        for entry in kept.journal
        if entry.revision == header.revision
        and header.started <= entry.time
        and (end is None or entry.time < end)
    )
    return tuple(sorted(found, key=lambda entry: entry.sequence))


def _counted(run: Run) -> set[float]:
    """Follow back from the last look which ones it rests on."""
    before = {looked.look.time: looked.after for _, looked in run.looks}
    time, found = run.looks[-1][1].look.time, set()
    while time in before and time not in found:
        found.add(time)
        time = before[time]
    return found


def _differences(looked: Looked, again: tuple[Row, ...]) -> Iterator[str]:
    """Name every row that comes out otherwise; floats are compared to the last bit."""
    where = f"{rfc3339(looked.look.time)} at {looked.look.weight} %"
    if [_name(each) for each in looked.rows] != [_name(each) for each in again]:
        then, now = _names(looked.rows), _names(again)
        yield f"{where}: was judged by {then}, judged again by {now}"
        return
    for old, new in zip(looked.rows, again, strict=True):
        if old != new:
            yield f"{where}: {_name(old)} was {_words(old)}; judged again it is {_words(new)}"


def _name(judged_row: Row) -> str:
    return f"{judged_row.rule}/{judged_row.view}"


def _names(rows: Iterable[Row]) -> str:
    return ", ".join(map(_name, rows)) or "nothing"


def _words(judged_row: Row) -> str:
    return (
        f"{judged_row.verdict.name} (against {judged_row.against!r}, proof {judged_row.proof!r}, "
        f"{judged_row.needed} needed)"
    )
