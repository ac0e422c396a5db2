"""A dead-man as a process of this machine, with the rights of the installed one and a patience of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cluster.controller import FOLDER, token
from delivery import children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.cluster.place import Place

ACCOUNT = "canary-controller-deadman"
PORT = 18090


@contextmanager
def watching(place: Place, namespace: str, ttl: float) -> Iterator[None]:
    """It watches over one namespace until the end of the block."""
    folder = FOLDER / ACCOUNT
    folder.mkdir(parents=True, exist_ok=True)
    settings = place.api.configuration
    (folder / "token").touch(mode=0o600)
    (folder / "token").write_text(token(place.api, ACCOUNT), encoding="utf-8")
    (folder / "ca.crt").write_bytes(Path(settings.ssl_ca_cert).read_bytes())
    words = ("--ttl", f"{ttl:g}", "--namespace", namespace, "--port", str(PORT))
    where = ("--server", settings.host, "--account", folder)
    with (FOLDER / "deadman.log").open("ab") as log:
        child = children.start(
            [sys.executable, "-m", "canary.deadman", *words, *where],
            {"PYTHONUNBUFFERED": "1"},
            stdout=log.fileno(),
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        children.end(child)
