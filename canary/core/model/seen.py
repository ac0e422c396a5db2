"""What was seen in one loop: pods, Services, the route, counters, an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.model.words import Verb, View


@dataclass(frozen=True, slots=True)
class Counts:
    """Whole requests: all, and those with a bad answer (5xx or none).

    `timed` are those whose latency counts (not those of a pod that just started), `slow` the timed
    ones beyond the rule's limit, `lower` those beyond each bucket edge below it, nearest first.
    `answers` are forecasts, one request may ask for many; `impossible` those that cannot be right;
    `predicted` are predicted values by bucket of their histogram, not cumulative.
    """

    requests: int = 0
    errors: int = 0
    timed: int = 0
    slow: int = 0
    lower: tuple[int, ...] = ()
    answers: int = 0
    impossible: int = 0
    predicted: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Canary and stable over the same window."""

    canary: Counts = Counts()
    stable: Counts = Counts()


@dataclass(frozen=True, slots=True)
class Block:
    """One tick of one view: what both sides counted between the samples at `begin` and `end`."""

    begin: float
    end: float
    canary: Counts = Counts()
    stable: Counts = Counts()


@dataclass(frozen=True, slots=True)
class Usage:
    """The share that one revision's containers used over the last minute; None where nobody knows.

    `throttled` is that of CPU periods in which they wanted more than their limit, `memory` that of the memory
    limit which the fullest container never fell below.
    """

    throttled: float | None = None
    memory: float | None = None


@dataclass(frozen=True, slots=True)
class Usages:
    """Canary and stable, as one question found them."""

    canary: Usage = Usage()
    stable: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Reading:
    """Counter deltas read from the metrics store at one look.

    `blocks` are the ticks after the last one that was taken in, oldest first: where one ends and
    the next begins depends on the samples alone, never on when somebody looked. `step` covers
    what happened since the asked weight was confirmed, ten minutes at most, `recent` the last
    minute at most. `split` counts edge requests strictly after the weight was confirmed and the
    proxy had time to follow: only those may be compared with the asked weight; `lately` those of
    them in the last half minute. On a way back only these two are to be used, and count in the one view
    that was asked. `latest` is the time of the newest sample. `edges` are the latency bucket limits that
    exist, in seconds; an empty tuple means that no histogram has been seen yet.
    `usages` are None where no rule asks for them.
    """

    latest: float
    blocks: Mapping[View, tuple[Block, ...]]
    step: Mapping[View, Pair]
    recent: Mapping[View, Pair]
    split: Pair
    edges: Mapping[View, tuple[float, ...]]
    usages: Usages | None = None
    lately: Pair = Pair()


@dataclass(frozen=True, slots=True)
class RevisionState:
    """One revision's Deployment: asked, ready, and what keeps it from being ready."""

    revision: str
    replicas: int
    ready: int
    restarts: int = 0
    problem: str = ""
    created: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Where a role's Service points, and whether its endpoints are exactly that revision's Ready pods."""

    revision: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True)
class RouteState:
    """The weight that the route object carries now.

    `weight` is None while no canary route exists. `foreign` names the field manager that wrote
    the weight when it was not us. `problem` is a sentence that stalls the release: the stable
    route is missing, another canary claims the same Service, the router is unknown. `port` is the
    Service port that users are led to, by name or number; empty while nothing leads there.
    `pending` says why the weight is not in force although the object carries it; a route whose
    proxy tells nothing is believed. `mark` is what the dead-man wrote when it set the weight to 0;
    empty: it has not.
    """

    weight: int | None = None
    foreign: str = ""
    problem: str = ""
    port: str = ""
    pending: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """An operator's order, as admitted by the API server; `uid` tells it from a later one of its name."""

    name: str
    verb: Verb
    actor: str
    to_revision: str = ""
    full: bool = False
    now: bool = False
    expected_revision: str = ""
    expected_step: int | None = None
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything read in one loop. `reading` is None when the metrics store gave no answer.

    `problem` is what the API server refused, `unrecorded` says that it refused the journal. `under_way`
    counts the releases that are looked at in the metrics store, this one among them.
    """

    revisions: Mapping[str, RevisionState]
    stable: ServiceState
    canary: ServiceState
    route: RouteState
    reading: Reading | None = None
    command: Command | None = None
    problem: str = ""
    unrecorded: bool = False
    under_way: int = 1
