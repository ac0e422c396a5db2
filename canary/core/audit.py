"""Whether each line of a journal follows from what was known when it was written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from canary.core.journal import CONTROLLER, FOREIGN, ORDER
from canary.core.model import Phase, Verdict
from canary.core.rules import BUDGET, spent, tightest, worst
from canary.core.times import rfc3339
from canary.core.units import figures, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from canary.core.model import Evidence, JournalEntry, Rules


@dataclass(frozen=True, slots=True)
class Moment:
    """One look as it is judged again: the weight then, the weight to come, and all rows.

    `against` is the log of the mean capital of all bets that the canary is bad. There are no rows
    while the canary has no users.
    """

    time: float
    weight: int
    coming: int | None
    against: float
    rows: tuple[Evidence, ...]
    rules: Rules


@dataclass(frozen=True, slots=True)
class Checked:
    """A line of the journal, whether it follows, and from what; or why not.

    `evidence` tells whether it is one that evidence has to speak for.
    """

    entry: JournalEntry
    agrees: bool
    words: str
    evidence: bool = True


def checked(journal: Sequence[JournalEntry], moments: Sequence[Moment]) -> tuple[Checked, ...]:
    """Hold every line against the looks that counted, oldest first."""
    return tuple(_check(entry, journal, moments) for entry in journal)


def unexplained(journal: Sequence[JournalEntry], moments: Sequence[Moment]) -> Iterator[str]:
    """Name what must have left a line and did not: a verdict of FAIL, and another weight."""
    back = {entry.time for entry in journal if entry.phase is Phase.ROLLING_BACK}
    for each in moments:
        row = worst(each.rows)
        if row is not None and row.verdict is Verdict.FAIL and each.time not in back:
            yield f"{rfc3339(each.time)}: {row.name} says FAIL, but no line takes the users back"
    for one, other in pairwise(moments):
        lines = (entry for entry in journal if one.time <= entry.time <= other.time)
        if one.weight != other.weight and all(entry.weight_to != other.weight for entry in lines):
            change = f"from {one.weight} % to {other.weight} %"
            yield f"{rfc3339(other.time)}: the weight went {change} without a line"


def _check(entry: JournalEntry, journal: Sequence[JournalEntry], moments: Sequence[Moment]) -> Checked:
    # Of the same instant only what was seen before the weight changed.
    known = [
        each
        for each in moments
        if each.time < entry.time or (each.time == entry.time and each.weight == entry.weight_from)
    ]
    if entry.rule == BUDGET:
        return _spent(entry, known)
    if "/" in entry.rule and entry.phase is Phase.ROLLING_BACK:
        return _went_back(entry, known)
    if entry.weight_to <= entry.weight_from or entry.rule == FOREIGN:
        return Checked(entry, agrees=True, words="rests on no evidence", evidence=False)
    if not entry.weight_from:
        return Checked(entry, agrees=True, words="the first share needs no evidence", evidence=False)
    return _went_on(entry, journal, known)


def _went_back(entry: JournalEntry, known: Sequence[Moment]) -> Checked:
    if not known or known[-1].time != entry.time:
        return _wrong(entry, f"{entry.rule} took the users back on a look that was not recorded")
    row = worst(known[-1].rows)
    if row is None or row.verdict is not Verdict.FAIL:
        said = "nothing was judged" if row is None else f"{row.name} is {row.verdict.name}"
        return _wrong(entry, f"{entry.rule} took the users back, but judged again {said}")
    return _same(entry, row, f"{row.name} is FAIL")


def _went_on(entry: JournalEntry, journal: Sequence[JournalEntry], known: Sequence[Moment]) -> Checked:
    step = f"the step from {entry.weight_from} % to {entry.weight_to} %"
    if not known or not known[-1].rows:
        return _unproved(entry, journal, f"{step} rests on no look that is recorded")
    last = known[-1]
    if (last.weight, last.coming) != (entry.weight_from, entry.weight_to):
        return _unproved(
            entry, journal, f"{step} rests on a look at {last.weight} % with {last.coming} % to come"
        )
    lacking = worst(last.rows)
    if lacking is not None and lacking.verdict is not Verdict.PASS:
        return _unproved(entry, journal, f"at {step} {lacking.name} is {lacking.verdict.name}")
    row = tightest(last.rows)
    if row is None:
        return Checked(entry, agrees=True, words="every rule is PASS")
    return _same(entry, row, f"every rule is PASS, {row.name} with the least to spare")


def _unproved(entry: JournalEntry, journal: Sequence[JournalEntry], problem: str) -> Checked:
    """Somebody may have ordered to go on without proof; then the order is in the journal as well."""
    ordered = any(
        each.rule == ORDER and each.actor == entry.actor and each.time <= entry.time for each in journal
    )
    if entry.actor != CONTROLLER and ordered:
        return Checked(entry, agrees=True, words=f"ordered by {entry.actor}: {problem}", evidence=False)
    return _wrong(entry, f"{problem}, and nobody ordered it")


def _spent(entry: JournalEntry, known: Sequence[Moment]) -> Checked:
    last = known[-1] if known else None
    over, words = spent(last.rules.bad_answers, last.rows) if last else spent(0, ())
    return Checked(entry, agrees=over, words=words)


def _same(entry: JournalEntry, row: Evidence, words: str) -> Checked:
    """Hold the rule and the numbers of a line against the row that it must have come from.

    Not the words: a later release of Serin may put the same numbers into others.
    """
    again = sentence(row.detail)
    if (entry.rule, figures(entry.numbers)) == (row.name, figures(again)):
        return Checked(entry, agrees=True, words=words)
    return _wrong(
        entry,
        f"says {entry.rule}: {entry.numbers}; judged again it is {row.name}: {again}",
    )


def _wrong(entry: JournalEntry, words: str) -> Checked:
    return Checked(entry, agrees=False, words=words)
