"""What was decided, and everything that outlives a loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from canary.core.model.words import ONE_SIDED, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from canary.core.margin import Tally
    from canary.core.model.seen import Block, Usages
    from canary.core.model.words import Verdict, View


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

    @property
    def name(self) -> str:
        """The rule and the view, as the journal writes them."""
        return f"{self.rule}/{self.view}"

    @property
    def proves(self) -> bool:
        """Whether the rule can speak for a canary, and is not only there to speak against it."""
        return self.rule not in ONE_SIDED


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
    usages: Usages | None = None


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
    `exposed_share` is the least percentage that a proxy may still give it which does not follow any more;
    0: it has met no user. `by_service` says that the stable Service led there.
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
    exposed_share: int = 0
    by_service: bool = False
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
    `ended`: no release is under way, so nothing on the route has to tell of one any more.
    """

    weight: int
    stable_route: str
    canary_route: str
    replicas: Mapping[str, int]
    ended: bool = False
