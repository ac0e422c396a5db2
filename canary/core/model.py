"""The words of a release: what was asked, what was seen, what was decided.

Times are seconds since the epoch, durations seconds, weights whole percent (the canary's
share of user traffic), rates and limits shares between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.margin import Tally


class Phase(StrEnum):
    """Where a CanaryRelease stands; `decide` alone moves it."""

    HEALTHY = "Healthy"
    PREPARING = "Preparing"
    PROGRESSING = "Progressing"
    PAUSED = "Paused"
    PROMOTING = "Promoting"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"


class Verdict(IntEnum):
    """What evidence says, in the one order that counts: the worst verdict of all rules wins."""

    PASS = 0
    HOLD = 1
    ERROR = 2
    FAIL = 3


class View(StrEnum):
    """Who counted: the proxy as users feel it, or the application itself."""

    EDGE = "edge"
    APPLICATION = "application"


class Verb(StrEnum):
    """What an operator can order through a ReleaseCommand."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    ABORT = "abort"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"


# --- what was asked -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One share of traffic, held at least `hold` seconds, and until a person agrees if `approval`."""

    weight: int
    hold: float = 0.0
    approval: bool = False


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """At most `max` of the answers may be bad, and at most `tolerance` more than on stable."""

    max: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class LatencyRule:
    """At least `share` of the answers come within `within` seconds; `tolerance` as for errors."""

    within: float
    share: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class PredictionRule:
    """At most `max` of the forecasts may be constant, negative or no number; `tolerance` as for errors."""

    max: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class DriftRule:
    """Predictions whose stability index against stable is above `limit` are reported, or go back."""

    limit: float
    rollback: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where the application's own counters are: names of metrics, and the label with the HTTP status.

    `histogram` is that of request durations in seconds, whose `_count` counts requests.
    `predictions` is a histogram of predicted values, `answers` counts forecasts and `bad_answers`
    those that cannot be right; empty: there is none.
    """

    histogram: str
    status: str
    predictions: str = ""
    answers: str = ""
    bad_answers: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is judged, and how surely.

    `confidence` holds for both mistakes: rolling a good canary back, and giving everybody a bad
    one. `risk` is the share of all traffic that a bad canary may spoil unnoticed at any step,
    `bad_answers` how many users may get a bad one from a canary at all; 0: no such number.
    """

    errors: ErrorRule | None
    latency: LatencyRule | None
    confidence: float
    risk: float
    bad_answers: int = 0
    predictions: PredictionRule | None = None
    drift: DriftRule | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """A CanaryRelease as its owner wrote it. `revision` is the hash of `template`."""

    namespace: str
    name: str
    generation: int
    revision: str
    replicas: int
    template: Mapping[str, Any]
    ports: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]
    rules: Rules
    application: Source | None
    router: str
    route_name: str
    max_unavailable: int | str
    rollback_window: float
    progress_deadline: float
    blind_budget: float
    history_limit: int


# --- what was seen --------------------------------------------------------------------------


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
class Reading:
    """Counter deltas read from the metrics store at one look.

    `blocks` are the ticks after the last one that was taken in, oldest first: where one ends and
    the next begins depends on the samples alone, never on when somebody looked. `step` covers
    what happened since the asked weight was confirmed, ten minutes at most, `recent` the last
    minute at most. `split` counts edge requests strictly after the weight was confirmed and the
    proxy had time to follow: only those may be compared with the asked weight. `latest` is the
    time of the newest sample. `edges` are the latency bucket limits that exist, in seconds; an
    empty tuple means that no histogram has been seen yet.
    """

    latest: float
    blocks: Mapping[View, tuple[Block, ...]]
    step: Mapping[View, Pair]
    recent: Mapping[View, Pair]
    split: Pair
    edges: Mapping[View, tuple[float, ...]]


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
    """

    weight: int | None = None
    foreign: str = ""
    problem: str = ""
    port: str = ""


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
    """Everything read in one loop. `reading` is None when the metrics store gave no answer."""

    revisions: Mapping[str, RevisionState]
    stable: ServiceState
    canary: ServiceState
    route: RouteState
    reading: Reading | None = None
    command: Command | None = None
    problem: str = ""


# --- what was decided -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """One rule in one view: the numbers, the verdict, and what is still missing, in words.

    `tally` counts since the canary met its first user. `against` and `proof` are logs of betting
    capital that began at 1: that the canary is bad, and that the coming step is safe. `needed`
    are canary requests still missing for the proof, `eta` the seconds that they take at the
    present rate; None when nobody can say. `warning` is for people: it decides nothing.
    """

    rule: str
    view: View
    verdict: Verdict
    tally: Tally
    detail: str
    needed: int = 0
    against: float = 0.0
    proof: float = 0.0
    eta: float | None = None
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What one look added to what is known: recorded, so that every judgement can be made again.

    `coming` is the next step's weight, None at the last; `confirmed` says whether the route was
    known to carry `weight`.
    """

    time: float
    revision: str
    weight: int
    coming: int | None
    confirmed: bool
    edges: Mapping[View, tuple[float, ...]]
    blocks: Mapping[View, tuple[Block, ...]]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One weight change, or one decision that ended or held a release."""

    sequence: int
    time: float
    weight_from: int
    weight_to: int
    phase: Phase
    revision: str
    rule: str
    numbers: str
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A release that ended: `outcome` is Promoted, RolledBack, Aborted or Superseded."""

    revision: str
    outcome: str
    started: float
    ended: float
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that outlives a loop; stored in the CanaryRelease and nowhere else.

    `stable_route` and `canary_route` are the revisions the two Services shall select,
    `weight` the share the route shall carry: written down before they are applied.
    `weight_confirmed` is when the route object was first seen with `weight`; 0 means not yet.
    `settled_since` is when the pods and Services this phase leans on were first seen in place.
    `exposed_at` is when this canary was first given users; earlier answers are not its own.
    `progress_at` is when the release last got further; the deadline counts from there, and
    time since `paused_since` is not held against it.
    `checkpoint` holds all evidence so far, as `checkpoint.pack` writes it.
    `approved_by` agreed to leave this step, `skipped_by` to leave it before its evidence is
    complete, `held_by` forbids to leave it, `rollback_by` ordered the way back.
    `obeyed` is the uid of the last order that was carried out, `answer` what its giver is told.
    """

    phase: Phase = Phase.HEALTHY
    observed_generation: int = 0
    stable_revision: str = ""
    canary_revision: str = ""
    previous_revision: str = ""
    rejected_revision: str = ""
    stable_route: str = ""
    canary_route: str = ""
    weight: int = 0
    weight_confirmed: float = 0.0
    observed_weight: float | None = None
    step: int = 0
    approved_by: str = ""
    skipped_by: str = ""
    full: bool = False
    held_by: str = ""
    started: float = 0.0
    progress_at: float = 0.0
    settled_since: float = 0.0
    exposed_at: float = 0.0
    paused_since: float = 0.0
    blind_since: float = 0.0
    idle_since: float = 0.0
    split_off_since: float = 0.0
    unready_since: float = 0.0
    base_restarts: int = 0
    rollback_until: float = 0.0
    rollback_cause: str = ""
    rollback_by: str = ""
    obeyed: str = ""
    answer: str = ""
    reason: str = ""
    stalled: str = ""
    evidence: tuple[Evidence, ...] = ()
    checkpoint: Mapping[str, Any] | None = None
    journal: tuple[JournalEntry, ...] = ()
    history: tuple[Finished, ...] = ()
    replicas: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer to a command: done, or refused with the reason."""

    command: str
    accepted: bool
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something an operator should see as a Kubernetes event."""

    reason: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The next status and what to tell people; `intents.target` derives the objects from it.

    `look` is what the checkpoint in the status rests on, to be recorded before it.
    """

    status: Status
    requeue_after: float
    acknowledgement: Acknowledgement | None = None
    notes: tuple[Note, ...] = field(default=())
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The objects that must exist for a status: size per revision, two selectors, one weight.

    A revision that is missing from `replicas` is deleted. An empty selector means: no such Service yet.
    """

    weight: int
    stable_route: str
    canary_route: str
    replicas: Mapping[str, int]
