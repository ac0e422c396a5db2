"""Figures against limits: a pure judgement, so that a table can test it."""

from dataclasses import dataclass
from typing import Any

from loadtest.plan import Limits


@dataclass(frozen=True, slots=True)
class Figures:
    """What the measured stages showed: counts, seconds, milliseconds at two percentiles, failures by word."""

    requests: int
    failures: int
    seconds: float
    p50: float
    p95: float
    p99: float
    errors: dict[str, int]

    @property
    def failure_ratio(self) -> float:
        """Failures as a share of requests; 1 when nothing was asked, for nothing was shown."""
        return self.failures / self.requests if self.requests else 1.0

    @property
    def rps(self) -> float:
        """Requests that ended, each second."""
        return self.requests / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit beside its figure."""

    name: str
    bound: str
    limit: float
    figure: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the figure keeps the limit; a figure that is no number does not."""
        return self.figure <= self.limit if self.bound == "<=" else self.figure >= self.limit

    @property
    def sentence(self) -> str:
        """The finding in words."""
        verb = "keeps" if self.met else "breaks"
        return f"{self.name}: {self.figure:g} {self.unit} {verb} the limit {self.bound} {self.limit:g}"

    def goal(self) -> dict[str, Any]:
        """Render as a goal of the report frame."""
        return {
            "name": self.name,
            "goal": f"{self.bound} {self.limit:g}",
            "figure": self.figure,
            "unit": self.unit,
            "met": self.met,
            "note": "" if self.met else self.sentence,
        }


def judge(figures: Figures, limits: Limits) -> tuple[Finding, ...]:
    """Lay every figure beside its limit; the gate passes when all are met."""
    return (
        Finding(
            "failure ratio", "<=", limits.max_failure_ratio, round(figures.failure_ratio, 6), "of requests"
        ),
        Finding("p95", "<=", limits.max_p95, round(figures.p95, 1), "ms"),
        Finding("p99", "<=", limits.max_p99, round(figures.p99, 1), "ms"),
        Finding("throughput", ">=", limits.min_rps, round(figures.rps, 1), "requests/s"),
    )
