"""The Debian base image, and the platform's images that are made from it or from our own binaries."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import images, packages, tools
from devcluster.commands import run
from devcluster.progress import say

if TYPE_CHECKING:
    from devcluster.settings import Settings

SUITE = "bookworm"
IMAGE = f"localhost/serin/base:{SUITE}"
# Debian's Prometheus cannot discover pods, so that all of these are compiled.
PLATFORM = {
    "traefik": "localhost/serin/traefik:3.7.9",
    "prometheus": "localhost/serin/prometheus:3.13.5",
    "kube-state-metrics": "localhost/serin/kube-state-metrics:2.20.0",
}
# scikit-learn's wheels bring their own libgomp; other builds of it ask for the system's.
PACKAGES = ("python3", "python3-venv", "ca-certificates", "libgomp1")
_SOURCES = (
    "apt-get",
    "indextargets",
    "--format",
    "$(REPO_URI) $(CODENAME) $(COMPONENT)",
    "Created-By: Packages",
)


def ensure(settings: Settings) -> None:
    """Make the base image unless buildah's storage has it. Raises ClusterError."""
    packages.ensure()
    if images.exists(IMAGE):
        return
    say(f"image {IMAGE}: installing Debian {SUITE} (about 40 s)")
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.cache, prefix=".base-") as folder:
        root = Path(folder) / "root"
        include = f"--include={','.join(PACKAGES)}"
        command = ["debootstrap", "--variant=minbase", include, SUITE, str(root), *mirror()]
        run(command, f"image {IMAGE}", env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        for cache in ("var/cache/apt", "var/lib/apt/lists", "var/log"):
            shutil.rmtree(root / cache)
            (root / cache).mkdir()
        _commit(root)


def platform(settings: Settings) -> list[str]:
    """Build the images of the platform; return their names. Raises ClusterError."""
    packages.ensure()
    for program, image in PLATFORM.items():
        images.build(image, program, [tools.tool(settings, program)])
    return list(PLATFORM.values())


def mirror() -> list[str]:
    """The mirror that this machine uses for the suite; empty (debootstrap chooses) where it uses none."""
    if shutil.which("apt-get") is None:
        return []
    return mirror_in(run(_SOURCES, "package sources"))


def mirror_in(sources: str) -> list[str]:
    """The first address that serves the suite's main component out of `URI SUITE COMPONENT` lines."""
    rows = [line.split() for line in sources.splitlines()]
    return [row[0] for row in rows if row[1:] == [SUITE, "main"]][:1]


def _commit(root: Path) -> None:
    container = run(["buildah", "from", "scratch"], f"image {IMAGE}").strip()
    try:
        run(["buildah", "add", "--quiet", container, root, "/"], f"image {IMAGE}: packing")
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        run(["buildah", "config", "--env", path, "--env", "LANG=C.UTF-8", container], f"image {IMAGE}")
        run(["buildah", "commit", "--quiet", container, IMAGE], f"image {IMAGE}: storing")
    finally:
        run(["buildah", "rm", container], f"image {IMAGE}: clearing up")
