"""The composition root: what gunicorn's worker runs."""

import os

from flask import Flask

from dashboard import health, settings
from dashboard.app import create_app


def application() -> Flask:
    """Open the admin port and return the application."""
    chosen = settings.read(os.environ)
    app = create_app(chosen)
    health.serve(chosen.host, chosen.admin_port, app.extensions["readiness"], app.extensions["metrics"])
    return app
