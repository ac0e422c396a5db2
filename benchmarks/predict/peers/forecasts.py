"""What every peer does with a request: the model file, asked for all medicines of a branch in a month."""

import os
from typing import Any

import joblib
import numpy as np

from service import months


class Forecasts:
    """The unpickled model; nothing is computed before it is asked."""

    def __init__(self) -> None:
        """Load the file that MODEL_FILE names."""
        self._forecaster = joblib.load(os.environ["MODEL_FILE"])
        self._domain = self._forecaster.domain_

    def of(self, branch: str, date: str) -> list[dict[str, Any]]:
        """Forecast the units of each medicine, with their interval; ValueError for what it does not know."""
        at, month = self._domain.branches.index(branch), months.parse(date)
        rows = np.array([[at, medicine, month] for medicine in range(len(self._domain.medicines))])
        cells = self._forecaster.predict(rows).tolist()
        return [
            {"medicine": medicine, "units": units, "low": low, "high": high}
            for medicine, (units, low, high) in zip(self._domain.medicines, cells, strict=True)
        ]
