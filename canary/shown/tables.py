"""The tables about a release: headings, and the cells of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from canary.core.model.words import USED
from canary.shown.words import clean, span, stamp, tally

if TYPE_CHECKING:
    from canary.core.model import Finished, JournalEntry, Status
    from canary.core.view import EvidenceView

# BAD AT are the odds of a bet that the canary is bad, SAFE AT those that the coming step is safe.
EVIDENCE = ("RULE", "VIEW", "CANARY", "STABLE", "BAD AT", "SAFE AT", "VERDICT", "DETAIL")
JOURNAL = ("TIME", "WEIGHT", "PHASE", "REVISION", "RULE", "NUMBERS", "ACTOR", "REASON")
HISTORY = ("ENDED", "TOOK", "REVISION", "NOW", "OUTCOME", "ACTOR", "REASON")


def evidence_row(each: EvidenceView) -> tuple[str, ...]:
    """One rule in one view: bad of all answers on both sides, verdict, what is missing."""
    verdict = "WARN" if each.warning and each.verdict == "PASS" else str(each.verdict)
    return (each.rule, str(each.view), *_figures(each), verdict, _news(each))


def _figures(each: EvidenceView) -> tuple[str, str, str, str]:
    if each.rule in USED:
        return ("-",) * 4
    canary = tally(each.canary_bad, each.canary_requests, each.canary_rate)
    stable = tally(each.stable_bad, each.stable_requests, each.stable_rate)
    return canary, stable, each.odds_against, each.odds_for


def _news(each: EvidenceView) -> str:
    """Cut off the figures that the row has already."""
    figures, separator, news = clean(each.detail).partition(": ")
    return news if separator and figures.startswith(f"{each.canary_bad} of ") else clean(each.detail)


def journal_row(entry: JournalEntry) -> tuple[str, ...]:
    """One line of the journal."""
    numbers = "" if entry.numbers in entry.reason else entry.numbers
    words = (entry.rule, numbers, entry.actor, entry.reason)
    return (
        stamp(entry.time),
        change(entry),
        str(entry.phase),
        entry.revision,
        *(clean(word) or "-" for word in words),
    )


def change(entry: JournalEntry) -> str:
    """Write the weight of a line, and what it was before if that was another one."""
    steady = entry.weight_from == entry.weight_to
    return f"{entry.weight_to} %" if steady else f"{entry.weight_from} > {entry.weight_to} %"


def history_row(each: Finished, status: Status) -> tuple[str, ...]:
    """One release that ended, and what its revision is now."""
    took = span(each.ended - each.started) if each.started else "-"
    role = _role(each.revision, status)
    return (stamp(each.ended), took, each.revision, role, each.outcome, clean(each.actor), clean(each.reason))


def _role(revision: str, status: Status) -> str:
    roles = (
        ("stable", status.stable_revision),
        ("canary", status.canary_revision),
        ("previous", status.previous_revision),
        ("rejected", status.rejected_revision),
    )
    return next((role for role, holder in roles if holder == revision), "-")
