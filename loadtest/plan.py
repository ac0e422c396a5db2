"""The gate's plan: stages of users and the limits they must meet, read from a values file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

DEFAULTS = Path(__file__).with_name("values.yaml")
MOST_SECONDS = 3600
MOST_USERS = 500


@dataclass(frozen=True, slots=True)
class Stage:
    """So many users for so many seconds."""

    name: str
    seconds: float
    users: int

    def __post_init__(self) -> None:
        if not (0 < self.seconds <= MOST_SECONDS and 0 < self.users <= MOST_USERS):
            raise ValueError(
                f"shape: stage {self.name}: {self.users} users for {self.seconds} s: "
                f"needs 1 to {MOST_USERS} users and at most {MOST_SECONDS} s"
            )


@dataclass(frozen=True, slots=True)
class Limits:
    """What must hold: a share of failures, milliseconds at two percentiles, requests a second."""

    max_failure_ratio: float
    max_p95: float
    max_p99: float
    min_rps: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) not in {int, float} or value < 0:
                raise ValueError(f"limits: {name} {value!r}: must be a number of at least 0")


@dataclass(frozen=True, slots=True)
class Plan:
    """Stages (the first warms up and is not measured), requests a second per user, and limits."""

    stages: tuple[Stage, ...]
    rate_per_user: float
    limits: Limits

    def __post_init__(self) -> None:
        if len(self.stages) < 2:
            raise ValueError("shape: needs a stage to warm up and at least one to measure")
        if not 0 < self.rate_per_user <= 100:
            raise ValueError(f"ratePerUser {self.rate_per_user}: must be above 0 and at most 100")

    @property
    def seconds(self) -> float:
        """How long all stages take."""
        return sum(stage.seconds for stage in self.stages)

    def dump(self) -> str:
        """Render the plan as JSON for the process that makes the load."""
        return json.dumps(asdict(self))


def load(text: str) -> Plan:
    """Read what `Plan.dump` wrote."""
    raw = json.loads(text)
    return Plan(tuple(Stage(**s) for s in raw["stages"]), raw["rate_per_user"], Limits(**raw["limits"]))


def read(path: Path) -> Plan:
    """Read a values file. Raises ValueError naming the part that is missing, unknown or out of range."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        _closed("values", values, {"shape", "ratePerUser", "limits"})
        _closed("limits", values["limits"], {"maxFailureRatio", "maxP95", "maxP99", "minRps"})
        limits = values["limits"]
        return Plan(
            stages=tuple(Stage(**stage) for stage in values["shape"]),
            rate_per_user=values["ratePerUser"],
            limits=Limits(limits["maxFailureRatio"], limits["maxP95"], limits["maxP99"], limits["minRps"]),
        )
    except (OSError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {error}") from error


def _closed(where: str, found: Any, expected: set[str]) -> None:
    if not isinstance(found, Mapping) or found.keys() != expected:
        keys = sorted(found) if isinstance(found, Mapping) else found
        raise ValueError(f"{where}: has {keys}, needs exactly {sorted(expected)}")
