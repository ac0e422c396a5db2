"""A way into a cluster that offers no address on this machine: kubectl port-forward."""

from __future__ import annotations

import re
import selectors
import subprocess
import time
from typing import IO

from delivery import children
from delivery.errors import StepError

PATIENCE = 20.0
_READY = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")


def tunnel(kubectl: str, namespace: str, target: str, port: int) -> tuple[subprocess.Popen[bytes], str]:
    """Forward a free local port to `port` of `target`; the child lives until it is ended.

    Raises StepError when kubectl does not say within 20 s that it forwards.
    """
    words = [kubectl, "-n", namespace, "port-forward", "--address=127.0.0.1", target, f":{port}"]
    child = children.start(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert child.stdout is not None  # noqa: S101 start() was asked for a pipe
    said = _until_ready(child.stdout)
    found = _READY.search(said)
    if found is None:
        children.end(child)
        raise StepError(
            f"{target} in {namespace}: port-forward to {port} did not start: {said.strip()[-300:]}"
        )
    return child, f"http://127.0.0.1:{found[1]}"


def _until_ready(stream: IO[bytes]) -> str:
    said = b""
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not _READY.search(said.decode("utf-8", "replace")) and time.monotonic() < deadline:
            if not selector.select(0.5):
                continue
            chunk = stream.read1(4096)  # type: ignore[attr-defined]
            if not chunk:
                break
            said += chunk
    return said.decode("utf-8", "replace")
