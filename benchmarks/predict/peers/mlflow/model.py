"""The pyfunc model: MLflow runs this file when the model is stored and when it is served."""

from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from benchmarks.predict.peers.forecasts import Forecasts


class Forecaster(PythonModel):
    """Takes records with branch and date."""

    def load_context(self, context: PythonModelContext) -> None:  # noqa: ARG002 MLflow's signature
        """Load the model."""
        self._forecasts = Forecasts()

    def predict(self, context: PythonModelContext, model_input: list[dict[str, str]]) -> list[dict[str, Any]]:  # noqa: ARG002
        """Answer one branch and date a record."""
        return [{"forecasts": self._forecasts.of(one["branch"], one["date"])} for one in model_input]


set_model(Forecaster())
