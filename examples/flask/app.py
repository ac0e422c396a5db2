"""A service of your own: it answers, and it says how it answers."""

import os

from flask import Flask, abort
from prometheus_flask_exporter import PrometheusMetrics

app = Flask(__name__)
# Counts every answer by its status, and how long it took: that is all that Serin needs to know.
metrics = PrometheusMetrics(app)


@app.get("/hello")
def hello() -> dict[str, str]:
    """Greet, in the words of this version; one with BROKEN is there to be caught."""
    if os.environ.get("BROKEN"):
        abort(500)
    return {"says": os.environ.get("GREETING", "hello")}


@app.get("/healthz")
@metrics.do_not_track()
def healthy() -> tuple[str, int]:
    """Tell Kubernetes that requests may come; a probe is no user and is not counted."""
    return "", 204
