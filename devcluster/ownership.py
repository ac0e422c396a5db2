"""One cluster a machine: which clone it belongs to, and one command at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devcluster.errors import ClusterError
from devcluster.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devcluster.settings import Settings


def owner(settings: Settings) -> str:
    """Path of the clone that started the cluster; empty where there is none."""
    return settings.owner.read_text().strip() if settings.owner.exists() else ""


def refuse_foreign(settings: Settings) -> None:
    """Raise ClusterError when the state folder belongs to another clone."""
    found = owner(settings)
    if found not in ("", str(settings.clone)):
        raise ClusterError(
            f"cluster in {settings.home}: start: it belongs to the clone {found}: "
            "run `python -m devcluster up --fresh` to replace it, or `down` to remove it"
        )


def claim(settings: Settings) -> None:
    """Take the state folder for this clone."""
    settings.home.mkdir(mode=0o755, parents=True, exist_ok=True)
    settings.owner.write_text(f"{settings.clone}\n")


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the lock against a second `up` or `down`; says so while it waits."""
    folder = settings.home.parent
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)  # the folder itself is the lock: nothing is left behind
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another devcluster command is at work: waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
