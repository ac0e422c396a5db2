"""What the acts share: the cluster, the release in production, the users, the watches, the screen."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from canary.core.codec import status_from_json
from canary.core.spec import SpecError, parse
from canary.core.view import view
from delivery.errors import StepError
from demo.judges import Cast
from demo.observed import by_revision
from demo.production import SUBJECT
from demo.screen import Row, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from canary.core.view import ReleaseView
    from delivery.candidate import Candidate
    from delivery.cluster import Addresses, Cluster
    from delivery.images import Images
    from demo.observed import Window
    from demo.production import Production
    from demo.screen import Screen
    from demo.traffic import Traffic
    from demo.watchers import Eyes

LOOK = 0.5  # seconds between two looks at a running release
LATELY = 10.0  # seconds over which the present split is counted
OVER = ("RolledBack",)


@dataclass(slots=True)
class Stage:
    """Filled by the acts as they go; an act may lean on what those before it have put here."""

    cluster: Cluster
    screen: Screen
    rate: float
    setup_seconds: float = 0.0
    first: bool = False
    candidate: Candidate | None = None
    images: Images | None = None
    addresses: Addresses | None = None
    production: Production | None = None
    traffic: Traffic | None = None
    eyes: Eyes | None = None
    names: dict[str, str] = field(default_factory=dict)
    deliberate: set[str] = field(default_factory=set)

    @property
    def cast(self) -> Cast:
        """The names of the revisions that have appeared so far."""
        return Cast(dict(self.names))

    def named(self, name: str) -> str:
        """The revision that bears a name. Raises StepError when it has not appeared."""
        for revision, known in self.names.items():
            if known == name:
                return revision
        raise StepError(f"{name}: no such revision has appeared yet")

    @property
    def gated(self) -> Candidate:
        """What has passed the gate. Raises StepError while nothing has."""
        if self.candidate is None:
            raise StepError("staging: nothing has passed its gate yet")
        return self.candidate

    def close(self) -> None:
        """End what the demo itself runs; the system stays."""
        if self.traffic is not None:
            self.traffic.stop()
        if self.eyes is not None:
            self.eyes.close()
        self.cluster.close()


class Playing:
    """A stretch of the demo during which users ask and everybody watches; drawn while it lasts."""

    def __init__(self, stage: Stage, title: str) -> None:
        if stage.eyes is None or stage.production is None or stage.traffic is None:
            raise StepError(f"{title}: production has not been started")
        self.eyes, self.production, self._traffic = stage.eyes, stage.production, stage.traffic
        self._stage = stage
        self._title = title
        self.started = time.time()

    def until(self, happened: Callable[[Window], bool], patience: float, what: str) -> Window:
        """Watch and draw until `happened`. Raises StepError after `patience` seconds without it."""
        deadline = time.monotonic() + patience
        try:
            while not happened(window := self.window()):
                said = self._look(window)
                if time.monotonic() > deadline:
                    raise StepError(f"{self._title}: {what}: not seen within {patience:.0f} s; {said}")
                time.sleep(LOOK)
        finally:
            self._stage.screen.clear()
        return window

    def last(self, seconds: float) -> Window:
        """Watch for some more seconds."""
        end = time.time() + seconds
        return self.until(lambda window: window.finished >= end, seconds + 5, f"{seconds:.0f} s more")

    def window(self) -> Window:
        """Everything seen since this stretch began."""
        return self.eyes.window(self.started, time.time())

    def _look(self, window: Window) -> str:
        self.eyes.check()
        self._traffic.check()
        shown = self._view()
        self._stage.screen.show(self._scene(window, shown))
        return f"weights seen {window.route}, the controller says: {shown.reason if shown else 'nothing'}"

    def _view(self) -> ReleaseView | None:
        stored = self.production.reads.release()
        if not stored:
            return None
        status = status_from_json(stored.get("status", {}))
        try:
            return view(SUBJECT.namespace, SUBJECT.name, parse(stored), status, time.time())
        except SpecError as error:
            raise StepError(f"CanaryRelease {SUBJECT.name}: {error}") from error

    def _scene(self, window: Window, shown: ReleaseView | None) -> Scene:
        lately = window.between(window.finished - LATELY, window.finished)
        return Scene(
            title=self._title,
            seconds=window.finished - window.started,
            weight=self.eyes.weights.now,
            observed=_observed(lately),
            rows=_rows(window, lately, self._stage.cast),
            evidence=tuple(_evidence(shown)) if shown else (),
            eta=f"next step in about {shown.eta:.0f} s" if shown and shown.eta is not None else "",
            reason=f"{shown.phase}: {shown.reason}" if shown else "",
        )


def _observed(lately: Window) -> float | None:
    if len(lately.edge) < 2:
        return None
    canary = lately.edge[-1].canary - lately.edge[0].canary
    total = canary + lately.edge[-1].stable - lately.edge[0].stable
    return 100 * canary / total if total else None


def _rows(window: Window, lately: Window, cast: Cast) -> tuple[Row, ...]:
    now = by_revision(lately.requests)
    total = sum(requests for requests, _ in now.values()) or 1
    return tuple(
        Row(cast.name(revision), now.get(revision, (0, 0))[0] / total, requests, failed)
        for revision, (requests, failed) in by_revision(window.requests).items()
    )


def _evidence(shown: ReleaseView) -> list[str]:
    return [
        f"{each.rule}/{each.view} {each.verdict}: {each.canary_bad} of {each.canary_requests}, "
        f"stable {each.stable_bad} of {each.stable_requests}, "
        f"bad {each.odds_against}, safe {each.odds_for}"
        for each in shown.evidence
    ]
