"""The goals of the service's speed, and whether the rounds met them. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.cluster.goals import Bound, Goal, judged, p50

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.cluster.partial import Row

PEERS = ("flask", "fastapi", "litserve", "bentoml", "mlserver", "mlflow")
LEAST = Bound.AT_LEAST
BEST = (
    Goal("answers from the table, against the best peer", PEERS, "table_ratio", p50, 2.0, "x", LEAST),
    Goal("answers by the model, against the best peer", PEERS, "model_ratio", p50, 1.0, "x", LEAST),
)
GOALS = (
    Goal("answers from the table, against an empty handler", ("empty",), "table_ratio", p50, 0.8, "x", LEAST),
    Goal("500 requests/s, median", ("steady",), "steady_p50_ms", p50, 1.3, "ms"),
    Goal("500 requests/s, p99", ("steady",), "steady_p99_ms", p50, 2.2, "ms"),
    Goal("500 requests/s, failed", ("steady",), "steady_failed", sum, 0, "requests"),
    Goal("ready after the start", ("start",), "ready_seconds", p50, 2.0, "s"),
    Goal("resident memory", ("start",), "resident_mib", max, 180, "MiB"),
    Goal("packages of the image", ("start",), "packages", max, 25, "packages"),
    Goal("three times too much, longest accepted answer", ("overload",), "accepted_max_ms", max, 2000, "ms"),
    Goal("three times too much, neither answered nor 503", ("overload",), "otherwise", sum, 0, "requests"),
    Goal("three times too much, 503 without Retry-After", ("overload",), "unpromising", sum, 0, "answers"),
    Goal("three times too much, liveness unanswered", ("overload",), "dead_looks", sum, 0, "looks"),
    Goal("three times too much, recovery", ("overload",), "recovery_seconds", max, 5.0, "s"),
)


def judge(rows: Sequence[Row], rounds: int, absent: Mapping[str, str]) -> list[dict[str, Any]]:
    """Judge every goal; each row has to have `rounds`, but for the peers that cannot be installed."""
    return [
        *(_best(goal, rows, rounds, absent) for goal in BEST),
        *(judged(goal, _of(rows, goal.rows), rounds) for goal in GOALS),
    ]


def _best(goal: Goal, rows: Sequence[Row], rounds: int, absent: Mapping[str, str]) -> dict[str, Any]:
    """Judge by the peer that does best; one that broke or is missing could have been it, so it counts."""
    there = [peer for peer in goal.rows if peer not in absent]
    known = {peer: [row[goal.of] for row in _of(rows, (peer,)) if goal.of in row] for peer in there}
    best = min((peer for peer in there if known[peer]), key=lambda peer: median(known[peer]), default="")
    verdict = judged(goal, _of(rows, (best,)), rounds)
    lacking = [peer for peer in there if len(known[peer]) < rounds]
    notes = [f"the best peer is {best}" if best else "", str(verdict["note"])]
    notes += [f"not measured: {', '.join(lacking)}"] if lacking else []
    notes += [f"not to be installed here: {', '.join(absent)}"] if absent else []
    return verdict | {"met": verdict["met"] and not lacking, "note": "; ".join(filter(None, notes))}


def _of(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    return [row for row in rows if row["row"] in names]
