"""gunicorn's threaded worker, with a drain that proxies can follow and a queue that is bounded in time.

Endpoints and proxies learn of a stopping pod only after it has been told to stop. So SIGTERM first
turns the readiness off while requests are still answered, each with `Connection: close`, and only
then begins gunicorn's own graceful stop.
"""

import logging
import threading
import time
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from service import overload
from service.lifecycle import Lifecycle

_LOG = logging.getLogger("service.worker")


class DrainingWorker(ThreadWorker):
    """A threaded worker that keeps serving for `drain_seconds` after SIGTERM.

    Requests that waited longer than `queue_seconds` for a thread are marked as late.
    """

    drain_seconds = 0.0
    queue_seconds = 1.0
    _lifecycle: Lifecycle | None = None
    _draining = False

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._lifecycle = self.wsgi.extensions["lifecycle"]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; called in the main thread for SIGTERM."""
        if self._draining:
            return
        self._draining = True
        if self._lifecycle is not None:
            self._lifecycle.drain()
        later = threading.Timer(self.drain_seconds, super().handle_exit, (sig, frame))
        later.daemon = True
        later.start()

    def enqueue_req(self, conn: Any) -> None:
        """Let a connection with something to read wait for a thread."""
        conn.enqueued = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Serve one connection; called in the thread that it waited for."""
        overload.late.set(time.monotonic() - conn.enqueued > self.queue_seconds)
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer one request, as the connection's last while draining."""
        if self._draining:
            req.force_close()
        return bool(super().handle_request(req, conn))
