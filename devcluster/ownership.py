"""One cluster a machine: which clone it belongs to, and one command at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster import locks
from devcluster.errors import ClusterError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

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


def alone(settings: Settings) -> AbstractContextManager[None]:
    """Hold the lock against a second `up` or `down`."""
    return locks.held(settings.home.parent, "another devcluster command is at work: waiting for it")
