"""One JSON object a line on stdout, for the application and for gunicorn alike."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from service.settings import Settings

EXTRA = "fields"
"""Name of the record attribute that carries further members of the line."""


class JsonFormatter(logging.Formatter):
    """Formats a record with time, level, logger, message, its extra fields and the traceback."""

    def __init__(self, **always: str) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._always,
            **getattr(record, EXTRA, {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configuration(settings: Settings) -> dict[str, Any]:
    """Return the `logging.config` dictionary; the access line is the application's own."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "service.logs.JsonFormatter", "revision": settings.revision},
        },
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
        },
        "root": {"level": settings.log_level, "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": {"level": settings.log_level, "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
        },
    }
