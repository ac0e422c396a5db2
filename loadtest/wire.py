"""A keep-alive HTTP/1.1 connection on asyncio, small because a client must cost less than its server."""

import asyncio
from dataclasses import dataclass

HEAD_LIMIT = 64 * 1024


class UnansweredError(Exception):
    """No complete answer came; the message is one word for why."""


class StaleError(UnansweredError):
    """The server closed a kept connection before it saw the request: asking again is harmless."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One request at a time to host:port; may be used again while `reusable` is true."""

    __slots__ = ("_answered", "_heard", "_reader", "_writer", "reusable")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._answered = False
        self._heard = False
        self.reusable = True

    @classmethod
    async def open(cls, host: str, port: int) -> "Connection":
        """Connect, or raise UnansweredError."""
        try:
            return cls(*await asyncio.open_connection(host, port, limit=HEAD_LIMIT))
        except OSError as error:
            raise UnansweredError("refused") from error

    async def ask(self, request: bytes) -> Answer:
        """Send a whole request and read the whole answer. Raises StaleError or UnansweredError."""
        self._heard = False
        try:
            self._writer.write(request)
            answer = await self._read()
        except (asyncio.IncompleteReadError, OSError) as error:
            if self._answered and not self._heard:
                raise StaleError("stale") from error
            raise UnansweredError("reset") from error
        except (ValueError, asyncio.LimitOverrunError) as error:
            raise UnansweredError("malformed") from error
        self._answered = True
        return answer

    def close(self) -> None:
        """Drop the connection without waiting for the other side."""
        self.reusable = False
        self._writer.close()

    async def _read(self) -> Answer:
        head = await self._reader.readuntil(b"\r\n\r\n")
        self._heard = True
        status, headers = _parse_head(head)
        body = await self._body(status, headers)
        self.reusable = headers.get("connection", "").lower() != "close"
        return Answer(status, headers, body)

    async def _body(self, status: int, headers: dict[str, str]) -> bytes:
        if status in {204, 304}:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await self._chunks()
        if "content-length" not in headers:
            raise ValueError("an answer without a length cannot be told from a broken one")
        return await self._reader.readexactly(int(headers["content-length"]))

    async def _chunks(self) -> bytes:
        chunks: list[bytes] = []
        while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
            chunks.append((await self._reader.readexactly(size + 2))[:-2])
        await self._reader.readuntil(b"\r\n")
        return b"".join(chunks)


class Pool:
    """Connections to one address, kept between requests; as many as there are requests at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._idle: list[Connection] = []

    async def ask(self, request: bytes) -> Answer:
        """Send a harmless request and read the whole answer. Raises UnansweredError."""
        while self._idle:
            try:
                return await self._over(self._idle.pop(), request)
            except StaleError:
                continue  # the next kept connection, or a new one, gets the same request
        return await self._over(await Connection.open(*self._address), request)

    def close(self) -> None:
        """Drop what is kept."""
        for connection in self._idle:
            connection.close()

    async def _over(self, connection: Connection, request: bytes) -> Answer:
        kept = False
        try:
            answer = await connection.ask(request)
            kept = connection.reusable
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.close()
        return answer


def get(path: str, host_header: str) -> bytes:
    """Write one GET."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host_header}\r\nAccept: application/json\r\n\r\n"
    return request.encode("ascii")


def _parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    _, status, *_ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    return int(status), {name.strip().lower(): value.strip() for name, value in pairs}
