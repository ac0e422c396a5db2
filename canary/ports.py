"""What the controller needs from the world, in the core's words.

Each port has a real adapter and a hand-written fake; one contract suite checks both.
Adapters translate every foreign error into one of the exceptions below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from canary.core.model import (
        Acknowledgement,
        Command,
        Decision,
        JournalEntry,
        Note,
        Observation,
        Reading,
        RevisionState,
        RouteState,
        ServiceState,
        Source,
        Spec,
        Status,
        Target,
        View,
    )
    from canary.core.records import Header, Kept, Looked


class SerinError(Exception):
    """Anything that is told to a person in one line: object, attempt, cause, remedy."""


class ConflictError(SerinError):
    """The object changed since it was read: read again, decide again."""


class NotFoundError(SerinError):
    """The object does not exist."""


class RefusedError(SerinError):
    """The API server understood and said no: forbidden, invalid, or owned by somebody else."""


class ForbiddenError(RefusedError):
    """The API server knows who we are, and that we may not."""


class UnreachableError(SerinError):
    """The API server or the metrics store gave no usable answer in time."""


class UnrecordedError(SerinError):
    """The journal cannot be written; all else is done that may be done without."""


@dataclass(frozen=True, slots=True)
class Release:
    """A CanaryRelease as stored: `problem` is set when its spec cannot be understood (spec is None then)."""

    namespace: str
    name: str
    uid: str
    resource_version: str
    spec: Spec | None
    status: Status
    problem: str = ""
    raw: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def leaving(self) -> bool:
        """Whether it is being deleted."""
        return "deletionTimestamp" in (self.raw or {}).get("metadata", {})


@dataclass(frozen=True, slots=True)
class MetricsQuery:
    """Which counters to read, and from when; the times are those of `canary.core.windows.Windows`.

    `route`, an object of kind `router`, leads users to `port` of the release's stable Service; an
    empty port leads nobody there. `resources` asks for what the containers use, too. `only` is the one view
    to count in, also for the split, where users are on their way back and nothing is judged.
    """

    namespace: str
    release: str
    router: str
    route: str
    port: str
    stable_revision: str
    canary_revision: str
    within: float | None
    application: Source | None
    since: Mapping[View, float]
    exposed: float
    step: float
    settled: float
    recent: float
    now: float
    resources: bool = False
    only: View | None = None


class Releases(Protocol):
    """The CanaryRelease objects."""

    def all(self) -> list[Release]: ...
    def get(self, key: str) -> Release: ...
    def save(self, release: Release, status: Status) -> Release:
        """Write the status at the resourceVersion that was read; ConflictError when it moved."""
        ...

    def beat(self, release: Release) -> None:
        """Let the dead-man know that a loop over this release has come to its end."""
        ...


class Lead(Protocol):
    """Who may decide: one controller at a time, and no earlier one after it."""

    def claim(self, release: Release) -> Release:
        """Shut out every earlier leader from a running release; ConflictError when it moved meanwhile."""
        ...


class Workloads(Protocol):
    """Deployments, disruption budgets and Services of a release."""

    def revisions(self, release: Release) -> Mapping[str, RevisionState]: ...
    def services(self, release: Release) -> tuple[ServiceState, ServiceState]:
        """Stable and canary Service, in this order."""
        ...

    def ensure(self, release: Release, target: Target) -> None:
        """Make Deployments, budgets and Services what `target` says, writing only differences."""
        ...


class Router(Protocol):
    """The object that splits user traffic."""

    def observe(self, release: Release) -> RouteState: ...
    def ensure(self, release: Release, weight: int) -> None:
        """Make the route carry `weight`; ConflictError where the dead-man's mark forbids it any."""
        ...

    def unmark(self, release: Release) -> None:
        """Remove the dead-man's mark, if there is one."""
        ...


class Metrics(Protocol):
    """Counters of canary and stable."""

    def read(self, query: MetricsQuery) -> Reading:
        """Deltas for one look; UnreachableError when there is no usable answer."""
        ...


class Commands(Protocol):
    """Operators' orders, oldest first, each consumed once."""

    def next(self, release: Release) -> Command | None: ...
    def acknowledge(self, release: Release, answer: Acknowledgement) -> None: ...
    def expire(self, release: Release) -> None:
        """Remove orders that were answered long ago."""
        ...


class Journal(Protocol):
    """The durable record of a release: its weight changes, and all that they rest on."""

    def append(self, release: Release, entries: Iterable[JournalEntry]) -> None:
        """Add the entries that are not there yet, by sequence."""
        ...

    def read(self, release: Release) -> list[JournalEntry]: ...
    def keep(self, release: Release, records: Iterable[Header | Looked]) -> None:
        """Add the records that are not there yet, as `canary.core.records.fresh` tells."""
        ...

    def kept(self, release: Release) -> Kept:
        """Every record that is still kept, oldest first; what cannot be read is named."""
        ...


class Events(Protocol):
    """Kubernetes events on the release."""

    def emit(self, release: Release, note: Note) -> None: ...


class Telemetry(Protocol):
    """Figures about the controller itself."""

    def decided(self, release: Release, observation: Observation, decision: Decision) -> None: ...
    def looped(self, seconds: float, failure: str) -> None:
        """One loop over one release; `failure` is the kind of error that ended it, or empty."""
        ...

    def late(self, seconds: float) -> None:
        """A loop began so long after its time had come."""
        ...

    def forgotten(self, key: str) -> None: ...


class Clock(Protocol):
    """Now, in seconds since the epoch."""

    def now(self) -> float: ...


class Desk(Protocol):
    """What an operator at a terminal needs: reading releases, and giving orders under their own name."""

    @property
    def namespace(self) -> str:
        """The namespace that is meant when none is named."""
        ...

    def releases(self, namespace: str | None) -> list[Release]:
        """Every release of the namespace, of all namespaces for None, by namespace and name."""
        ...

    def release(self, namespace: str, name: str) -> Release: ...
    def journal(self, release: Release) -> list[JournalEntry]:
        """Every entry that is still kept, oldest first."""
        ...

    def kept(self, release: Release) -> Kept:
        """Every record that is still kept, oldest first; what cannot be read is named."""
        ...

    def order(self, release: Release, command: Command) -> str:
        """Create the order and return its name; its actor is whoever the API server says we are.

        An order that has a name already is created under it, or not at all: ConflictError.
        """
        ...

    def answer(self, release: Release, name: str) -> Acknowledgement | None:
        """What the controller said to the order of that name, None while it has said nothing."""
        ...
