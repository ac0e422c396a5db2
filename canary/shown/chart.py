"""What a picture of a release shows, as plain numbers; `plot` draws it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf, log, nan
from typing import TYPE_CHECKING

from canary.core.comparison import log_mean
from canary.core.journal import CONTROLLER, FOREIGN
from canary.core.model import Phase
from canary.core.model.words import DRIFT, ONE_SIDED
from canary.shown.words import clean, span, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.model import JournalEntry
    from canary.core.records import Looked
    from canary.core.replay import Run

_LONGEST_NAME = 40
_OUTCOMES = {
    Phase.HEALTHY: "was promoted",
    Phase.ROLLED_BACK: "was rolled back",
    Phase.ROLLING_BACK: "goes back",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """One bet: points of (seconds, natural log of its odds). A gap in the line is a point that is nan."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision: when, in seconds, and what it was in a few words; `back` takes users away."""

    seconds: float
    words: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A release as it is drawn.

    `began` is the time of second 0, in seconds since the epoch; None shows no time of day. `against` is
    the bet that the canary is bad, won at log odds of `lost`; each of `proofs` bets that the coming step
    is safe, won at `won`. `shares` are the users on the new revision, in percent, from each second on.
    """

    title: str
    subtitle: str
    seconds: float
    against: Curve
    proofs: tuple[Curve, ...]
    shares: tuple[tuple[float, int], ...]
    marks: tuple[Mark, ...]
    lost: float
    won: float
    began: float | None = None
    other: tuple[Curve, ...] = ()


def chart(run: Run) -> Chart:
    """Take from the records of a release what is drawn of it."""
    header = run.header
    judged = [looked for _, looked in run.looks if looked.rows]
    times = [*(looked.look.time for _, looked in run.looks), *(entry.time for entry in run.journal)]
    began, doubt = header.started, 1 - header.rules.confidence
    drift = _curve(judged, began, "against: drift", (DRIFT,))
    return Chart(
        title=clean(f"{header.name} in {header.namespace}: revision {header.revision} {_outcome(run)}"),
        subtitle=clean(
            f"against revision {header.stable} in steps of {_way(run)} %, "
            f"began {stamp(began)}, {_time(run, max(times) - began)}"
        ),
        seconds=max(times) - began,
        against=Curve(
            "against the canary", tuple((each.look.time - began, against(each)) for each in judged)
        ),
        proofs=tuple(_proofs(judged, began)),
        shares=_shares(run),
        marks=tuple(_marks(run)),
        lost=-log(doubt),
        won=-log(doubt),
        began=began,
        other=(drift,) if drift.points else (),
    )


def against(looked: Looked) -> float:
    """Log of the mean capital of all bets that the canary is bad; drift has a bet of its own."""
    return log_mean([row.against for row in looked.rows if row.rule not in ONE_SIDED])


def _proofs(judged: list[Looked], began: float) -> Iterator[Curve]:
    rules = dict.fromkeys(
        (row.rule, row.view) for each in judged for row in each.rows if row.rule not in ONE_SIDED
    )
    for rule, view in rules:
        yield _curve(judged, began, clean(f"for: {rule}, {view}")[:_LONGEST_NAME], (rule, view))


def _curve(judged: list[Looked], began: float, label: str, wanted: tuple[str, ...]) -> Curve:
    """One bet over time; another step to come is another bet, and another line."""
    points: list[tuple[float, float]] = []
    before = None
    for looked in judged:
        look = looked.look
        for row in looked.rows:
            if (row.rule, row.view)[: len(wanted)] != wanted:
                continue
            if before not in (None, look.coming) and row.rule != DRIFT:
                points.append((look.time - began, nan))
            points.append((look.time - began, row.against if row.rule == DRIFT else row.proof))
            before = look.coming
    return Curve(label, tuple(points))


def _shares(run: Run) -> tuple[tuple[float, int], ...]:
    """Users on the new revision, by what was asked; after the last step they stay there."""
    changes = [(looked.look.time, 0, looked.look.weight) for _, looked in run.looks]
    changes += [(entry.time, 1, entry.weight_to) for entry in run.journal]
    promoted = min((entry.time for entry in run.journal if _is_promoted(entry)), default=inf)
    found: dict[float, int] = {}
    for time, _, weight in sorted(changes):
        found[time - run.header.started] = 100 if time >= promoted else weight
    shares = [(0.0, 0), *found.items()]
    return (shares[0], *(each for before, each in pairwise(shares) if each[1] != before[1]))


def _is_promoted(entry: JournalEntry) -> bool:
    return entry.phase in (Phase.PROMOTING, Phase.HEALTHY) and entry.weight_to == 0


def _marks(run: Run) -> Iterator[Mark]:
    for entry in run.journal:
        seconds = entry.time - run.header.started
        if entry.phase is Phase.ROLLING_BACK:
            yield Mark(seconds, f"back: {_by(entry) or clean(entry.rule)}", back=True)
        elif entry.phase is Phase.HEALTHY:
            yield Mark(seconds, "promoted")
        elif entry.weight_to > entry.weight_from and entry.rule != FOREIGN:
            by = _by(entry)
            yield Mark(seconds, f"{entry.weight_to} %{f', {by}' if by else ''}")


def _by(entry: JournalEntry) -> str:
    return "" if entry.actor == CONTROLLER else clean(entry.actor)[:_LONGEST_NAME]


def _outcome(run: Run) -> str:
    standing = f"is at {run.looks[-1][1].look.weight} %"
    return _OUTCOMES.get(run.journal[-1].phase, standing) if run.journal else standing


def _time(run: Run, seconds: float) -> str:
    ended = run.journal and run.journal[-1].phase in (Phase.HEALTHY, Phase.ROLLED_BACK)
    return f"took {span(seconds)}" if ended else f"{span(seconds)} so far"


def _way(run: Run) -> str:
    return ", ".join(f"{step.weight}" for step in run.looks[-1][0].steps)
