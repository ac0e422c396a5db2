"""A LitServe server with one worker: `python app.py PORT`."""

import sys
from typing import Any

from litserve import LitAPI, LitServer

from benchmarks.predict.peers.forecasts import Forecasts


class Forecaster(LitAPI):
    """Loads the model with its worker."""

    def setup(self, device: str) -> None:  # noqa: ARG002 LitServe's signature
        """Load the model."""
        self._forecasts = Forecasts()

    def predict(self, request: dict[str, str]) -> dict[str, Any]:
        """Answer one branch and date."""
        return {"forecasts": self._forecasts.of(request["branch"], request["date"])}


if __name__ == "__main__":
    LitServer(Forecaster(), accelerator="cpu", workers_per_device=1).run(
        host="127.0.0.1", port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False
    )
