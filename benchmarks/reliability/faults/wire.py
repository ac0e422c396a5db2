"""A small HTTP server on 127.0.0.1 that hands every request to one function; both proxies are made of it."""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NoReturn

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Said by each hop for itself, so never handed on.
_OF_ONE_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "content-length", "host", "te"))
_RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST instead of FIN


class DroppedError(Exception):
    """The connection was ended on purpose: there is nobody left to answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def handed_on(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that a proxy hands on."""
    return {name: value for name, value in headers if name.lower() not in _OF_ONE_HOP}


class Exchange:
    """One request and the way to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        self.asked = asked
        self._handler = handler

    def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Answer in one piece."""
        self._begin(status, {**headers, "Content-Length": str(len(body))})
        self._handler.wfile.write(body)

    def stream(self, status: int, chunks: Iterable[bytes], headers: Mapping[str, str]) -> None:
        """Answer chunk by chunk, each as soon as it is there; what breaks the chunks breaks the answer."""
        self._begin(status, {**headers, "Transfer-Encoding": "chunked"})
        self._handler.wfile.flush()
        for chunk in chunks:
            self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            self._handler.wfile.flush()
        self._handler.wfile.write(b"0\r\n\r\n")

    def drop(self) -> NoReturn:
        """End the connection without a word. Raises DroppedError."""
        self._handler.close_connection = True
        connection = self._handler.connection
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.close()
        raise DroppedError

    def wait(self, seconds: float, stopped: threading.Event) -> None:
        """Say nothing until the caller hangs up, `seconds` have passed or the server stops."""
        end = time.monotonic() + seconds
        while not stopped.is_set() and time.monotonic() < end:
            readable, _, _ = select.select([self._handler.connection], [], [], 0.2)
            if readable:
                return

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self._handler.send_response_only(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()


class Server:
    """Listens on a port of 127.0.0.1 until closed; port 0 means any free one, kept for `reopen`."""

    def __init__(self, answer: Callable[[Exchange], None], port: int = 0) -> None:
        self._answer = answer
        self._server: ThreadingHTTPServer | None = None
        self.stopped = threading.Event()
        self.port = port

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Listen; after `close` on the same port again."""
        self.stopped.clear()
        self._server = _Threads(("127.0.0.1", self.port), _handler(self._answer))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Listen no more: whoever connects is refused."""
        self.stopped.set()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up, or a connection that was dropped on purpose, is no news; a defect is."""
        if not isinstance(sys.exception(), OSError | urllib3.exceptions.HTTPError | DroppedError):
            super().handle_error(request, client_address)


def _handler(answer: Callable[[Exchange], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer(Exchange(self, Asked(self.command, self.path, dict(self.headers.items()), body)))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - the names are the library's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Thousands of requests are no news; what was done to them is counted."""

    return Handler
