"""Debian packages that the cluster is made of besides its own programs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import locks
from devcluster.commands import run, succeeds
from devcluster.errors import ClusterError
from devcluster.progress import say
from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

# Package -> a program on PATH or a pattern of files that shows it is there, whoever installed it.
NEEDED = {
    "containerd": "containerd",
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iptables": "iptables-save",
    "iproute2": "ip",
    "conntrack": "conntrack",
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "kmod": "modprobe",
    "mount": "mount",
}


def ensure(needed: Mapping[str, str] = NEEDED) -> None:
    """Install what is missing.

    Raises ClusterError where something is missing and there is no apt-get, or where apt-get fails.
    """
    if not missing(needed):
        return
    with locks.held(PACKAGE, "another command installs packages: waiting for it"):
        _install(needed)


def _install(needed: Mapping[str, str]) -> None:
    lacking = missing(needed)
    if not lacking:
        return
    if shutil.which("apt-get") is None:
        raise ClusterError(
            f"packages: {', '.join(lacking)}: missing and there is no apt-get: "
            "install them by the means of this system"
        )
    say(f"packages: installing {' '.join(lacking)}")
    # Services that a package brings must not start: the cluster runs its own containerd.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *lacking]
    if not succeeds([*install, "--download-only"], environment):
        run(["apt-get", "update"], "package lists", env=environment)
    run(install, "packages", env=environment)
    if left := missing(needed):
        raise ClusterError(f"packages: {', '.join(left)}: installed, but their programs are not on PATH")


def missing(needed: Mapping[str, str] = NEEDED) -> list[str]:
    """Packages whose file is not there."""
    return [package for package, mark in needed.items() if not _present(mark)]


def _present(mark: str) -> bool:
    if not mark.startswith("/"):
        return shutil.which(mark) is not None
    return any(Path("/").glob(mark[1:]))
