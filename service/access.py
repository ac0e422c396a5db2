"""What every answer says of itself in its headers, and the line that the log has of it."""

import logging
import time

from service.lifecycle import Lifecycle
from service.logs import EXTRA
from service.settings import Settings
from service.trace import Identity

_LOG = logging.getLogger("service.access")
_SHOWN = 200


class Access:
    """One for the application; `started` is what `time.perf_counter` said when the request came."""

    def __init__(self, settings: Settings, lifecycle: Lifecycle) -> None:
        self._revision = settings.revision
        self._lifecycle = lifecycle

    def headers(self, identity: Identity) -> list[tuple[str, str]]:
        """Return the headers that tell which request this is, and who answers."""
        told = [
            ("X-Request-Id", identity.request_id),
            ("X-Model-Version", self._lifecycle.model["version"]),
        ]
        return [*told, ("X-Revision", self._revision)] if self._revision else told

    def log(self, identity: Identity, method: str, path: str, status: int, started: float) -> None:
        """Write the line; without the logger's search for the caller, which is always this one."""
        if not _LOG.isEnabledFor(logging.INFO):
            return
        record = logging.LogRecord(_LOG.name, logging.INFO, __file__, 0, "request", None, None)
        line = {
            **identity.fields(),
            "method": method,
            "path": path[:_SHOWN],
            "status": status,
            "duration_ms": round((time.perf_counter() - started) * 1000, 3),
            "model_version": self._lifecycle.model["version"],
        }
        setattr(record, EXTRA, line)
        _LOG.handle(record)
