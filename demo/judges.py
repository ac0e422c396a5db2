"""Whether an act held, from what was seen. Pure: one function an act, each returns a Finding.

A complaint is one sentence with the figure that breaks the act; without one the act held.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.observed import LEAST, by_revision, span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.observed import Window
    from demo.page import Page

QUIET = 3.0  # seconds at the end of an act in which only the right revision may answer


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of an act: `complaint` is empty when it held, `facts` go into the report."""

    complaint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether everything that the act promises was seen."""
        return not self.complaint


@dataclass(frozen=True, slots=True)
class Cast:
    """Which revision is called what, so that a report can be read: revision -> name such as `v1`."""

    names: Mapping[str, str]

    def name(self, revision: str) -> str:
        """The name of a revision; requests without one were answered by none."""
        return self.names.get(revision, revision or "no revision")


def start(window: Window, cast: Cast, first: str, rate: float) -> Finding:
    """Production starts: every user is answered by the first revision, at the asked rate."""
    return _finding(
        window,
        cast,
        {},
        _unexpected_failures(window, cast, deliberate=None),
        _strangers(window, cast, first),
        _too_slow(window, rate),
    )


def good(window: Window, cast: Cast, new: str, steps: Sequence[int]) -> Finding:
    """A good release: each weight in order, each split as asked, nothing failed, all on the new one."""
    return _finding(
        window,
        cast,
        {"splits": _splits(window)},
        _unexpected_failures(window, cast, deliberate=None),
        _wrong_route(window, [0, *steps, 0]),
        _wrong_splits(window),
        _end(window, cast, new),
    )


def bad(window: Window, cast: Cast, revisions: tuple[str, str], first: int, why: str) -> Finding:
    """A bad release: it reaches the first weight only, and goes back to 0 because a rule broke.

    `revisions` are the stable one and the bad one, `why` is what `canary why` printed.
    """
    stable, broken = revisions
    failures = [record for record in window.failed if record.revision == broken]
    facts = {
        "splits": _splits(window),
        "bad_answers": len(failures),
        "bad_answer_seconds": round(span(failures), 3),
    }
    return _finding(
        window,
        cast,
        facts,
        "" if failures else "the bad release answered no request badly: nothing was there to be found",
        _unexpected_failures(window, cast, deliberate=broken),
        _wrong_route(window, [0, first, 0]),
        "" if "errors" in why else "`canary why` does not name the rule on errors",
        _end(window, cast, stable),
    )


def replayed(finding: Finding, said: str, *, agrees: bool) -> Finding:
    """An act's finding, once every decision of its release was made again from what was recorded."""
    last = said.strip().splitlines()[-1:] or ["nothing"]
    facts = {**finding.facts, "replay_agrees": agrees}
    return Finding(finding.complaint or ("" if agrees else f"`canary replay` differs: {last[0]}"), facts)


def watched(finding: Finding, code: int, expected: int) -> Finding:
    """An act's finding, once the pipeline's last step has said how its release ended."""
    said = f"`canary status --watch` ended with exit code {code}, not {expected}"
    facts = {**finding.facts, "watch_exit_code": code}
    return Finding(finding.complaint or ("" if code == expected else said), facts)


def held(window: Window, cast: Cast, weight: int, seconds: float) -> Finding:
    """A paused release: its weight stands for the whole time."""
    short = window.finished - window.started < seconds
    return _finding(
        window,
        cast,
        {"splits": _splits(window), "held_seconds": round(window.finished - window.started, 1)},
        f"the release was not watched for {seconds:.0f} s" if short else "",
        _unexpected_failures(window, cast, deliberate=None),
        _wrong_route(window, [weight]),
        _wrong_splits(window),
    )


def promoted(window: Window, cast: Cast, new: str, first: int) -> Finding:
    """A promotion by hand: the weight rises from `first` to 100 and leaves, everybody is on the new one."""
    route = window.route
    rises = route[:1] == [first] and route[-2:] == [100, 0] and route[:-1] == sorted(route[:-1])
    return _finding(
        window,
        cast,
        {"splits": _splits(window)},
        _unexpected_failures(window, cast, deliberate=None),
        "" if rises else f"weights seen {route}: they should rise from {first} to 100 and end at 0",
        _end(window, cast, new),
    )


def returned(window: Window, cast: Cast, old: str, limit: float) -> Finding:
    """A rollback by hand: the window starts with the order; within `limit` seconds only `old` answers."""
    late = [record for record in window.requests if record.revision != old and not record.failed]
    seconds = max((record.start - window.started for record in late), default=0.0)
    slow = seconds > limit
    return _finding(
        window,
        cast,
        {"rollback_seconds": round(seconds, 3)},
        _unexpected_failures(window, cast, deliberate=None),
        f"the old revision was back after {seconds:.1f} s, the goal is {limit:.0f} s" if slow else "",
        _end(window, cast, old),
    )


def _finding(window: Window, cast: Cast, facts: dict[str, Any], *complaints: str) -> Finding:
    counted = by_revision(window.requests)
    common = {
        "weights_seen": window.route,
        "requests": {"total": len(window.requests), "failed": len(window.failed)},
        "by_version": {
            cast.name(revision): {"revision": revision, "requests": total, "failed": failed}
            for revision, (total, failed) in counted.items()
        },
    }
    return Finding(next((each for each in complaints if each), ""), {**common, **facts})


def _unexpected_failures(window: Window, cast: Cast, *, deliberate: str | None) -> str:
    failures = [r for r in window.failed if deliberate is None or r.revision != deliberate]
    if not failures:
        return ""
    first = failures[0]
    return (
        f"{len(failures)} of {len(window.requests)} user requests failed, the first one with "
        f"{first.error or first.status} from {cast.name(first.revision)}"
    )


def _strangers(window: Window, cast: Cast, expected: str) -> str:
    others = sorted({cast.name(r.revision) for r in window.requests if r.revision != expected})
    if others:
        return f"users were answered by {', '.join(others)} as well as by {cast.name(expected)}"
    return "" if len(window.requests) >= LEAST else f"only {len(window.requests)} user requests were seen"


def _too_slow(window: Window, rate: float) -> str:
    seen = len(window.requests) / (window.finished - window.started)
    return "" if seen >= 0.9 * rate else f"user traffic runs at {seen:.0f} requests/s instead of {rate:.0f}"


def _wrong_route(window: Window, expected: list[int]) -> str:
    route = window.route
    return "" if route == expected else f"weights seen in the Ingress {route}, expected {expected}"


def _wrong_splits(window: Window) -> str:
    wrong = [split for split in window.splits() if not split.holds]
    if not wrong:
        return ""
    return "; ".join(
        f"at weight {s.weight} the proxy sent {s.canary} of {s.requests} requests to the canary"
        for s in wrong
    )


def _end(window: Window, cast: Cast, expected: str) -> str:
    last = window.between(window.finished - QUIET, window.finished)
    return _strangers(last, cast, expected)


def _splits(window: Window) -> list[dict[str, Any]]:
    return [
        {
            "weight": split.weight,
            "seconds": round(split.seconds, 1),
            "requests": split.requests,
            "canary": split.canary,
            "observed": round(100 * split.share, 2),
        }
        for split in window.splits()
    ]


def answered(answer: Mapping[str, Any], branch: str, month: str) -> Finding:
    """The answer for the story's pharmacy: the asked branch and month, and a medicine of about four units."""
    rows = [dict(row) for row in answer["forecasts"] if 3.5 <= row["units"] <= 4.5]
    facts = {
        "branch": answer["branch"],
        "month": answer["month"],
        "model": answer["model"],
        "about_four": rows,
    }
    if (answer["branch"], answer["month"]) != (branch, month):
        return Finding(
            f"asked for {branch} {month}, answered for {answer['branch']} {answer['month']}", facts
        )
    return Finding("" if rows else "no medicine is expected to need about four units", facts)


def shown(finding: Finding, answer: Mapping[str, Any], page: Page) -> Finding:
    """The same answer on the dashboard's page: every medicine, the same units, the same model."""
    units = {row["medicine"]: row["units"] for row in answer["forecasts"]}
    facts = {
        **finding.facts,
        "page": {"heading": page.heading, "medicines": len(page.units), "model": page.model},
    }
    complaint = ""
    if not page.units:
        complaint = "the dashboard's page shows no forecast"
    elif page.units != units:
        differ = sorted(name for name in {*units, *page.units} if units.get(name) != page.units.get(name))
        complaint = f"the dashboard shows other units than the forecast answers: {', '.join(differ[:3])}"
    elif page.model != answer["model"]["digest"]:
        complaint = f"the dashboard names model {page.model or 'none'}, not {answer['model']['digest']}"
    return Finding(finding.complaint or complaint, facts)
