"""The composition root: what gunicorn's worker runs."""

import os

from flask import Flask

from service import app, health, settings
from service.lifecycle import Lifecycle
from service.metrics import Metrics


def application() -> Flask:
    """Open the admin port, load the model, and return the application.

    A model that is refused leaves the process alive and not ready, with the reason on /readyz.
    """
    chosen = settings.read(os.environ)
    lifecycle = Lifecycle(chosen)
    metrics = Metrics(lifecycle, chosen.revision)
    health.serve(chosen.host, chosen.admin_port, lifecycle, metrics)
    flask = app.create(chosen, lifecycle, metrics)
    flask.extensions["lifecycle"] = lifecycle
    lifecycle.load()
    return flask
