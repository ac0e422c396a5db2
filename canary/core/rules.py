"""All rules in both views: what the ticks of a look add to the evidence, and one row for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from canary.core import checkpoint, usage
from canary.core.evidence import advance, begin, judge, watch
from canary.core.intents import next_weight
from canary.core.model import Look, Verdict, View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from canary.core.evidence import State, Watch
    from canary.core.model import Evidence, Reading, Rules, Spec, Status

BUDGET = "budget"  # what a line of the journal names as its rule when an operator's own bound was reached
_SAME_EDGE = 1e-9


def look(spec: Spec, status: Status, reading: Reading, now: float, *, confirmed: bool) -> Look:
    """Write down what is new in a reading: all that a judgement may lean on, beside the checkpoint."""
    known = checkpoint.until(status.checkpoint)
    return Look(
        time=now,
        revision=status.canary_revision,
        weight=status.weight,
        coming=next_weight(spec, status),
        confirmed=confirmed,
        edges=reading.edges,
        blocks={
            view: tuple(block for block in blocks if block.end > known.get(view, block.begin))
            for view, blocks in reading.blocks.items()
        },
        usages=reading.usages,
    )


def weigh(spec: Spec, status: Status, seen: Look) -> Status:
    """Take in the new ticks and judge all rules.

    The status changes when a verdict does, or a few seconds after it last did: until then the same
    ticks are read again.
    """
    held_to = held_against(spec)
    state = taken_in(held_to, checkpoint.unpack(held_to, status.checkpoint) or begin(held_to), seen)
    rows = judged(held_to, state, spec.rules, seen) if status.weight else status.evidence
    news = [row.verdict for row in rows] != [row.verdict for row in status.evidence]
    known = checkpoint.reached(status.checkpoint)
    recent = 0 <= seen.time - known < checkpoint.EVERY_SECONDS
    if not news and recent and status.weight_confirmed <= known:  # a new step has rows of its own
        return status
    return replace(status, evidence=rows, checkpoint=checkpoint.pack(held_to, state, seen.time))


def held_against(spec: Spec) -> Watch:
    """What the releases of this spec are held against, in the views that it has."""
    views = (View.EDGE,) if spec.application is None else tuple(View)
    return watch(spec.rules, spec.steps, views)


def taken_in(held_to: Watch, state: State, seen: Look) -> State:
    """Advance by every tick of a look."""
    for view in held_to.views:
        for block in seen.blocks.get(view, ()):
            state = advance(held_to, state, view, block, seen.weight)
    return state


def judged(held_to: Watch, state: State, rules: Rules, seen: Look) -> tuple[Evidence, ...]:
    """Judge all rules as they stand after a look.

    Until the route was seen with the asked weight, the numbers may belong to another one: then they
    can speak against the canary but not for it.
    """
    rows = tuple(_on_an_edge(row, rules, seen) for row in judge(held_to, state, seen.coming))
    rows = rows if seen.confirmed else tuple(_unconfirmed(row) for row in rows)
    return rows + usage.judge(rules, seen.usages)


def spent(allowed: int, evidence: Iterable[Evidence]) -> tuple[bool, str]:
    """Tell whether a canary gave more bad answers than are `allowed` (0: no such number), and the numbers."""
    bad = max((row.tally.canary_bad for row in evidence if row.rule == "errors"), default=0)
    return bool(0 < allowed < bad), f"{bad:.0f} bad answers of the canary, {allowed} may be spent"


def worst(evidence: Iterable[Evidence]) -> Evidence | None:
    """The row that decides: the highest verdict, the first of equals; None without any row."""
    return max(evidence, key=lambda row: row.verdict, default=None)


def tightest(evidence: Iterable[Evidence]) -> Evidence | None:
    """The row that was proved with the least to spare; None without any row."""
    return min((row for row in evidence if row.proves), key=lambda row: row.proof, default=None)


def _on_an_edge(row: Evidence, rules: Rules, seen: Look) -> Evidence:
    """A limit that is no bucket edge cannot be counted, so it must not look as if it were kept."""
    if row.rule != "latency" or rules.latency is None:
        return row
    edges = seen.edges.get(row.view, ())
    if not edges:
        return replace(row, verdict=Verdict.HOLD, detail="no latency histogram has been seen yet")
    within = rules.latency.within
    if any(abs(edge - within) < _SAME_EDGE for edge in edges):
        return row
    known = ", ".join(f"{edge:g}" for edge in sorted(edges))
    problem = (
        f"spec.rules.latency.within: {within:g} s is no bucket edge of the histogram, so slower answers "
        f"cannot be counted: choose one of {known} s"
    )
    return replace(row, verdict=Verdict.ERROR, detail=problem)


def _unconfirmed(row: Evidence) -> Evidence:
    if row.verdict is not Verdict.PASS:
        return row
    return replace(row, verdict=Verdict.HOLD, detail="the weight has not been seen on the route yet")
