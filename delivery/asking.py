"""Questions by plain HTTP, the way that users go."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from delivery.errors import StepError

if TYPE_CHECKING:
    from delivery.cluster import Addresses

TIMEOUT = 5.0


def forecast(entry: str, host: str, branch: str, month: str, patience: float = 5.0) -> dict[str, Any]:
    """Ask through the ingress. Raises StepError when no forecast comes within `patience` seconds."""
    url = f"{entry}/predict?{urlencode({'branch': branch, 'date': month})}"
    deadline = time.monotonic() + patience
    while True:
        status, body = _get(url, {"Host": host})
        if status == 200:
            answer: dict[str, Any] = json.loads(body)
            return answer
        if time.monotonic() > deadline:
            said = body.decode("utf-8", "replace")[:200]
            raise StepError(f"{host}: GET {url}: status {status}: {said}: see the pods' logs")
        time.sleep(0.5)


def page(entry: str, host: str, question: dict[str, str], patience: float = 20.0) -> str:
    """Ask for a page as a browser does. Raises StepError when none comes within `patience` seconds."""
    url = f"{entry}/?{urlencode(question)}"
    deadline = time.monotonic() + patience
    while True:
        status, body = _get(url, {"Host": host, "Accept": "text/html"})
        if status == 200:
            return body.decode("utf-8")
        if time.monotonic() > deadline:
            raise StepError(f"{host}: GET {url}: status {status}: see the pods' logs")
        time.sleep(0.5)


def silent(addresses: Addresses, patience: float = 20.0) -> list[str]:
    """The addresses that do not answer: Prometheus must be ready, Traefik must show its counters."""
    deadline = time.monotonic() + patience
    questions = {f"{addresses.prometheus}/-/ready", addresses.edge_metrics}
    while questions := {url for url in questions if _get(url, {})[0] != 200}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    return sorted(questions)


def _get(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        answer = urllib3.request("GET", url, headers=headers, timeout=TIMEOUT, retries=False)
    except urllib3.exceptions.HTTPError as error:
        return 0, str(error).encode()
    return answer.status, answer.data
