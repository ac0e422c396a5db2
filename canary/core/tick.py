"""One look at one release: everything that the rules of a decision may lean on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canary.core.model import RevisionState

if TYPE_CHECKING:
    from canary.core.model import Observation, Reading, ServiceState, Spec

STALE = 60.0


@dataclass(frozen=True, slots=True)
class Tick:
    """What was asked, what was seen, when, and the seconds a proxy may need to follow an object."""

    spec: Spec
    seen: Observation
    now: float
    settle: float

    @property
    def reading(self) -> Reading | None:
        """What the metrics store knows; None when that is nothing, or nothing new."""
        reading = self.seen.reading
        stale = reading is not None and 0 < reading.latest < self.now - STALE
        return None if stale else reading

    def pods(self, revision: str) -> RevisionState:
        """The revision's Deployment; an empty one when there is none."""
        return self.seen.revisions.get(revision, RevisionState(revision, 0, 0))

    def lasted(self, since: float, seconds: float) -> bool:
        """Tell whether something that began at `since` (0: never) has lasted so long."""
        return since > 0 and self.now - since >= seconds

    def followed(self, since: float) -> bool:
        """Tell whether the proxy had time to follow what is in place since then."""
        return self.lasted(since, self.settle)

    def serves(self, role: ServiceState, revision: str) -> bool:
        """Tell whether the role's Service leads to at least one Ready pod of this revision."""
        return role.revision == revision and self.pods(revision).ready > 0
