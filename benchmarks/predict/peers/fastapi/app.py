"""A FastAPI handler on the event loop: with one core, a pool of threads only adds hand-overs."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from benchmarks.predict.peers.forecasts import Forecasts

app = FastAPI()
forecasts = Forecasts()


@app.get("/predict")
async def predict(branch: str, date: str) -> JSONResponse:
    """Answer one branch and date; the response as such spares FastAPI its validation."""
    return JSONResponse({"forecasts": forecasts.of(branch, date)})
