"""An empty Flask handler: what Flask and gunicorn cost by themselves."""

from flask import Flask

app = Flask(__name__)


@app.get("/predict")
def predict() -> str:
    """Say nothing."""
    return ""
