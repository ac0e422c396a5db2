"""What was asked: a CanaryRelease as its owner wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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
class ResourceRule:
    """What the canary's containers may use; None: no such limit.

    `throttled` is a share of CPU periods, `memory` one of the container's limit; above either is reported, or
    goes back. More than `restarts` while there are users always goes back.
    """

    throttled: float | None = None
    memory: float | None = None
    restarts: int | None = None
    rollback: bool = False

    @property
    def measured(self) -> bool:
        """Whether the metrics store has to be asked."""
        return self.throttled is not None or self.memory is not None


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
    resources: ResourceRule | None = None

    @property
    def restarts(self) -> int | None:
        """An operator's own number of tolerated restarts; None: there is none."""
        return self.resources.restarts if self.resources else None


@dataclass(frozen=True, slots=True)
class Route:
    """The object that leads users: its `kind` (ingress or httproute), and its name.

    Of an HTTPRoute also the number of the Service port, and the rules without their backends.
    """

    kind: str
    name: str
    port: int = 0
    rules: tuple[Mapping[str, Any], ...] = ()


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
    route: Route
    max_unavailable: int | str
    rollback_window: float
    progress_deadline: float
    blind_budget: float
    history_limit: int
