"""An MLServer runtime that speaks the Open Inference Protocol, as MLServer does for every model."""

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from benchmarks.predict.peers.forecasts import Forecasts


class Forecaster(MLModel):
    """Takes the inputs `branch` and `date`; answers with a tensor for each column."""

    async def load(self) -> bool:
        """Load the model."""
        self._forecasts = Forecasts()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer one branch and date."""
        asked = {one.name: StringCodec.decode_input(one)[0] for one in payload.inputs}
        rows = self._forecasts.of(asked["branch"], asked["date"])
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        outputs = [
            StringCodec.encode_output("medicine", columns.pop("medicine")),
            *(NumpyCodec.encode_output(name, np.array(values)) for name, values in columns.items()),
        ]
        return InferenceResponse(model_name=self.name, outputs=outputs)
