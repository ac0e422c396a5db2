"""What can be measured of each release, as Prometheus scrapes it.

The series of a release are made anew at each of its loops and kept until the next one: what no
longer holds has no series, and of a release that is gone nothing is left.
"""

from __future__ import annotations

import threading
from collections import Counter
from math import log
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from canary.core.model import Phase
from canary.core.model.words import USED
from canary.core.stalls import stall_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from canary.core.model import Decision, Evidence, Observation, Status
    from canary.ports import Release

# Not `namespace`: scraping gives that label to the namespace of the controller's own pod.
PLACE = ("release_namespace", "release")

_RULE = ("rule", "view")
_SIDE = (*_RULE, "side")

FIGURES: dict[str, tuple[tuple[str, ...], str]] = {
    "phase": (("phase",), "Always 1: the phase that the release is in."),
    "info": (("stable", "canary"), "Always 1: the revisions that are stable and canary; empty for none."),
    "weight_asked": ((), "Percent of users that the canary shall have."),
    "weight_set": ((), "Percent of users that the route object gives the canary; 0 without one."),
    "weight_seen": (
        (),
        (
            "Percent of users that reached the canary, by the proxy's counters; on the way back of the last "
            "half minute, and the application's where the stable Service led there; absent while unknown."
        ),
    ),
    "stalled": (("reason",), "Always 1 while something keeps the release from going on at all: what kind."),
    "rolled_back": (("cause",), "Always 1 on the way back and after it, until the next release: why."),
    "since_timestamp_seconds": (
        ("state",),
        "Epoch second since when it is blind, idle, held, unready, unapproved or wrongly split; else absent.",
    ),
    "evidence_against": (
        _RULE,
        "Log of the capital of a bet that the canary is bad; the mean capital of all rules decides.",
    ),
    "evidence_missing": (_RULE, "Log of what the capital lacks of a bet that the coming step is safe."),
    "evidence_boundary": ((), "Log of the capital at which either bet is won: that of 1 / (1 - confidence)."),
    "verdict": (_RULE, "What the evidence says: 0 PASS, 1 HOLD, 2 ERROR, 3 FAIL."),
    "requests": (_SIDE, "Requests (for forecasts: answers) judged since the canary met its first user."),
    "requests_missing": (_RULE, "Canary requests still missing for the proof; 0 when it is there."),
    "bad_share": (_SIDE, "Share of them that was bad, from 0 to 1; absent without requests."),
}


class Row(NamedTuple):
    """One series: which figure, its own labels, the value."""

    figure: str
    labels: tuple[str, ...]
    value: float


class ReleaseFigures(Collector):
    """The latest figures of every release; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str], tuple[Row, ...]] = {}
        self._reasons: dict[tuple[str, str], Counter[str]] = {}

    def take(self, release: Release, observation: Observation, decision: Decision) -> None:
        """Replace the figures of a release, and count what is told of it."""
        place = (release.namespace, release.name)
        rows = tuple(_rows(release, observation, decision.status))
        with self._lock:
            self._rows[place] = rows
            self._reasons.setdefault(place, Counter()).update(note.reason for note in decision.notes)

    def drop(self, namespace: str, name: str) -> None:
        """Leave nothing of a release."""
        with self._lock:
            self._rows.pop((namespace, name), None)
            self._reasons.pop((namespace, name), None)

    def collect(self) -> Iterator[Metric]:
        """Yield every family as it is at one instant."""
        families = {
            name: GaugeMetricFamily(f"canary_release_{name}", text, labels=(*PLACE, *labels))
            for name, (labels, text) in FIGURES.items()
        }
        told = CounterMetricFamily(
            "canary_decisions", "Decisions that were told as events.", labels=(*PLACE, "reason")
        )
        with self._lock:
            for place, rows in self._rows.items():
                for row in rows:
                    families[row.figure].add_metric((*place, *row.labels), row.value)
            for place, counted in self._reasons.items():
                for reason, count in counted.items():
                    told.add_metric((*place, reason), count)
        yield from families.values()
        yield told


def _rows(release: Release, observation: Observation, status: Status) -> Iterator[Row]:
    yield Row("phase", (str(status.phase),), 1)
    yield Row("info", (status.stable_revision, status.canary_revision), 1)
    yield Row("weight_asked", (), status.weight)
    yield Row("weight_set", (), observation.route.weight or 0)
    if status.observed_weight is not None:
        yield Row("weight_seen", (), status.observed_weight)
    if status.stalled:
        yield Row("stalled", (str(stall_of(observation, understood=release.spec is not None)),), 1)
    if status.phase in (Phase.ROLLING_BACK, Phase.ROLLED_BACK) and status.rollback_cause:
        yield Row("rolled_back", (status.rollback_cause,), 1)
    yield from (Row("since_timestamp_seconds", (state,), since) for state, since in _since(status) if since)
    if release.spec is not None and status.checkpoint is not None:
        boundary = -log(1 - release.spec.rules.confidence)
        yield Row("evidence_boundary", (), boundary)
        for row in status.evidence:
            yield from _judged(row, boundary)


def _since(status: Status) -> Iterator[tuple[str, float]]:
    """Clocks that run; a release that waits for a person is paused by one, or needs an approval."""
    yield "blind", status.blind_since
    yield "idle", status.idle_since
    yield "unready", status.unready_since
    yield "split", status.split_off_since
    if status.held_by:
        yield "held", status.paused_since
    elif status.phase is Phase.PAUSED and not status.blind_since:
        yield "unapproved", status.paused_since


def _judged(row: Evidence, boundary: float) -> Iterator[Row]:
    rule, tally = (row.rule, str(row.view)), row.tally
    if row.rule in USED:
        yield Row("verdict", rule, row.verdict)
        return
    yield Row("evidence_against", rule, row.against)
    yield Row("evidence_missing", rule, max(0.0, boundary - row.proof))
    yield Row("requests_missing", rule, row.needed)
    yield Row("verdict", rule, row.verdict)
    sides = {"canary": (tally.canary, tally.canary_bad), "stable": (tally.stable, tally.stable_bad)}
    for side, (requests, bad) in sides.items():
        yield Row("requests", (*rule, side), requests)
        if requests > 0:
            yield Row("bad_share", (*rule, side), bad / requests)
