"""The service's own list of what may be asked, fetched over the way that users take."""

import http.client
import json
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from loadtest.payloads import Question, questions


class UnreachableError(Exception):
    """The target gave no OpenAPI document; the message is written for whoever started the load."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go: `url` (http://host:port) and the Host header that picks the route.

    Raises ValueError unless the URL is plain http with a host.
    """

    url: str
    host_header: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{self.url!r}: not an address of the form http://host:port")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 80

    @property
    def host(self) -> str:
        """What the Host header says."""
        return self.host_header or self.url.partition("://")[2].rstrip("/")


def fetch(target: Target, patience: float) -> tuple[Question, ...]:
    """All questions that the target takes, asked for again until `patience` seconds have passed.

    Raises UnreachableError with the last reason.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return questions(json.loads(_document(target)))
        except (OSError, http.client.HTTPException, ValueError) as error:
            if time.monotonic() >= deadline:
                raise UnreachableError(
                    f"{target.url} as {target.host}: GET /openapi.json: {error}: "
                    "check that the service is deployed and its route exists"
                ) from error
        time.sleep(0.5)


def _document(target: Target) -> bytes:
    connection = http.client.HTTPConnection(*target.address, timeout=5)
    try:
        connection.request("GET", "/openapi.json", headers={"Host": target.host})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ValueError(f"status {response.status}")
    return body
