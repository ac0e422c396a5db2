"""gunicorn's threaded worker, with a drain that proxies can follow and a queue that is bounded in time.

Endpoints and proxies learn of a stopping pod only after it has been told to stop. So SIGTERM first
turns the readiness off while requests are still answered, each with `Connection: close`, and only
then begins gunicorn's own graceful stop.
"""

import logging
import selectors
import socket
import threading
import time
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from service import overload
from service.lifecycle import Lifecycle

_LOG = logging.getLogger("service.worker")


class DrainingWorker(ThreadWorker):
    """A threaded worker that keeps serving for `drain_seconds` after SIGTERM.

    Requests that waited longer than `queue_seconds` for a thread are marked as late. A connection
    takes no thread before it has sent something, and then has `read_seconds` to send the whole
    request: slow clients would else take all threads, for as long as they like.
    """

    drain_seconds = 0.0
    queue_seconds = 1.0
    read_seconds = 10.0
    _lifecycle: Lifecycle | None = None
    _draining = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._reading: dict[Any, float] = {}

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
        """Let a connection wait for a thread, a new one for its first byte before."""
        if not (conn.initialized or conn.data_ready):
            conn.sock.settimeout(0)
            conn.timeout = time.monotonic() + self.read_seconds
            self.pending_conns.append(conn)
            self.poller.register(
                conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn)
            )
            return
        conn.enqueued = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Serve one connection; called in the thread that it waited for."""
        now = time.monotonic()
        overload.late.set(now - conn.enqueued > self.queue_seconds)
        self._reading[conn] = now + self.read_seconds
        try:
            return super().handle(conn)
        finally:
            del self._reading[conn]

    def notify(self) -> None:
        """Tell the arbiter that the worker lives; called in the main loop, each second at least."""
        super().notify()
        now = time.monotonic()
        for conn, deadline in list(self._reading.items()):
            if now > deadline:
                # Only reading ends here: who has sent all and waits for the answer still gets it.
                with suppress(OSError):  # the client was quicker to go
                    conn.sock.shutdown(socket.SHUT_RD)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no connection that has sent nothing hold up the stop; gunicorn's name."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer one request, as the connection's last while draining."""
        if self._draining:
            req.force_close()
        return bool(super().handle_request(req, conn))
