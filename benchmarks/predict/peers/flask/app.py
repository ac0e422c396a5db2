"""The plain way: a Flask handler that asks the model for each request."""

from flask import Flask, Response, jsonify, request

from benchmarks.predict.peers.forecasts import Forecasts

app = Flask(__name__)
forecasts = Forecasts()


@app.get("/predict")
def predict() -> Response:
    """Answer one branch and date."""
    return jsonify(forecasts=forecasts.of(request.args["branch"], request.args["date"]))
