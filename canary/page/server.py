"""The process: gunicorn for people, and a second port for probes and metrics that no Ingress leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from canary.adapters.http import check, serve
from canary.adapters.logs import JsonLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from canary.page.figures import Figures


class Server(BaseApplication):
    """One worker with some threads: failures to sign in are counted in its memory."""

    def __init__(self, ports: tuple[int, int], build: Callable[[], Flask], figures: Figures) -> None:
        self._ports, self._build, self._figures = ports, build, figures
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": f"0.0.0.0:{self._ports[0]}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 8,
            # Longer than the proxy keeps idle connections, so that it is never us who closes one in use.
            "keepalive": 75,
            "graceful_timeout": 10,
            "limit_request_line": 4094,
            "worker_tmp_dir": "/dev/shm",  # noqa: S108 - heartbeats are file timestamps; on a disk they stall
            "control_socket_disable": True,
            "accesslog": None,
            "logconfig_dict": LOGGING,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Build the application in the worker; it is ready once that worked."""
        app = self._build()
        fine = check(lambda: True)
        serve(
            self._ports[1],
            {"/livez": fine, "/readyz": fine, "/metrics": lambda: (200, self._figures.page())},
        )
        return app


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "urllib3": {"level": "ERROR"},
    },
}
