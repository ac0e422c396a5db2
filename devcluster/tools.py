"""Where the programs lie: in a given folder, in the cache, or built now."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from devcluster import build, locks, sources
from devcluster.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from devcluster.settings import Settings
    from devcluster.sources import Module


def tool(settings: Settings, name: str) -> Path:
    """Path of the program, building its module where it is in no cache yet.

    Raises ClusterError for an unknown name and for a build that fails.
    """
    for module in sources.ALL:
        if name in module.programs:
            return resolve(settings, module)[name]
    known = ", ".join(name for module in sources.ALL for name in module.programs)
    raise ClusterError(f"tool {name}: unknown: use one of {known}")


def resolve(settings: Settings, module: Module) -> dict[str, Path]:
    """Paths of the module's programs: from DEVCLUSTER_BIN, from the cache, or built now."""
    given = _given(settings, module)
    if given:
        return given
    folder = _cached(settings, module)
    if not folder.exists():
        # Two builds at once would compile what they share twice.
        with locks.held(folder.parent, f"build {module.name}: waiting for another build"):
            if not folder.exists():
                build.install(settings, module, folder)
    return {name: folder / binary for name, binary in module.programs.items()}


def is_ready(settings: Settings, module: Module) -> bool:
    """Whether the module's programs are there without a build."""
    return bool(_given(settings, module)) or _cached(settings, module).exists()


def fetch(settings: Settings, modules: Iterable[Module]) -> None:
    """Bring the sources of what has to be built, so that a build need not wait for the network."""
    for module in modules:
        if not is_ready(settings, module):
            build.fetch(settings, module)


def key(module: Module) -> str:
    """Digest of everything that decides what the binaries are: the module's files and the flags."""
    digest = hashlib.sha256(repr((build.FLAGS, module.options, module.target)).encode())
    for path in sorted(module.folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(module.folder)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _cached(settings: Settings, module: Module) -> Path:
    return settings.cache / "bin" / f"{module.name}-{key(module)}"


def _given(settings: Settings, module: Module) -> dict[str, Path]:
    if settings.given_bin is None:
        return {}
    found = {name: settings.given_bin / name for name in module.programs}
    complete = all(os.access(path, os.X_OK) for path in found.values())
    return found if complete else {}
