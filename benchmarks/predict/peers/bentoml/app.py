"""A BentoML service with one worker."""

from typing import Any

import bentoml

from benchmarks.predict.peers.forecasts import Forecasts


@bentoml.service(workers=1)
class Forecaster:
    """Loads the model with its worker."""

    def __init__(self) -> None:
        """Load the model."""
        self._forecasts = Forecasts()

    @bentoml.api
    def predict(self, branch: str, date: str) -> dict[str, Any]:
        """Answer one branch and date."""
        return {"forecasts": self._forecasts.of(branch, date)}
