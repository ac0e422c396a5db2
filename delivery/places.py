"""The two environments of the service, as the charts' value files describe them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from delivery.children import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CHART = "forecast"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the chart `forecast` is installed; users ask for `host`."""

    namespace: str
    host: str
    name: str = CHART

    @property
    def values(self) -> Path:
        """The values that make it this environment."""
        return ROOT / "helm" / CHART / f"values-{self.namespace}.yaml"


STAGING = Place("staging", "staging.forecast.serin.test")
PRODUCTION = Place("production", "forecast.serin.test")
