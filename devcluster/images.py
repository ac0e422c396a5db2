"""Builds images with buildah and brings them to the node."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import containerd
from devcluster.commands import run, succeeds
from devcluster.errors import ClusterError
from devcluster.progress import say
from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devcluster.settings import Settings

RECIPES = PACKAGE / "images"
AUTHORITIES = Path("/etc/ssl/certs")
_DIGEST_LABEL = "serin.dev/made-of"


def build(name: str, recipe: str, files: Sequence[Path] = (), base: str = "") -> None:
    """Build image `name` from the Dockerfile `recipe` with `files` beside it, unless that is what it is.

    `base` is the image it starts from; it is part of what it is made of.
    """
    dockerfile = RECIPES / f"{recipe}.Dockerfile"
    made_of = _digest([dockerfile, *files], base and local_id(base))
    if _label(name) == made_of:
        return
    say(f"image {name}: building")
    with tempfile.TemporaryDirectory() as context:
        for path in files:
            shutil.copy2(path, context)
        options = ["--isolation", "chroot", "--timestamp", "0", "--label", f"{_DIGEST_LABEL}={made_of}"]
        mounts = ["--volume", f"{AUTHORITIES}:{AUTHORITIES}:ro"] if AUTHORITIES.is_dir() else []
        command = ["buildah", "bud", *options, *mounts, "--tag", name, "--file", str(dockerfile), context]
        run(command, f"image {name}")


def load(settings: Settings, name: str) -> bool:
    """Bring a local image to the node; False when the node has that very image already.

    Raises ClusterError when there is no such image or no node.
    """
    name = qualified(name)
    identity = local_id(name)
    if not settings.containerd_socket.exists():
        raise ClusterError(f"image {name}: load: the cluster is not up: run `python -m devcluster up`")
    if containerd.image_id(settings, name) == identity:
        return False
    with tempfile.TemporaryDirectory(dir=settings.home) as folder:
        archive = Path(folder) / "image.tar"
        run(["buildah", "push", "--quiet", name, f"docker-archive:{archive}:{name}"], f"pack {name}")
        containerd.import_archive(settings, archive, name, identity)
    return True


def qualified(name: str) -> str:
    """The name as the kubelet will ask for it: `a/b` becomes `localhost/a/b:latest`."""
    host, slash, _ = name.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        name = f"localhost/{name}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def local_id(name: str) -> str:
    """The id of a locally built image. Raises ClusterError when there is none of that name."""
    if not exists(name):
        raise ClusterError(f"image {name}: not in buildah's storage: build it first")
    return str(
        json.loads(run(["buildah", "inspect", "--type", "image", name], f"look at {name}"))["FromImageID"]
    )


def exists(name: str) -> bool:
    """Whether buildah's storage has the image."""
    return succeeds(["buildah", "inspect", "--type", "image", name])


def _label(name: str) -> str:
    if not exists(name):
        return ""
    found = json.loads(run(["buildah", "inspect", "--type", "image", name], f"look at {name}"))
    labels = found["OCIv1"]["config"].get("Labels") or {}
    return str(labels.get(_DIGEST_LABEL, ""))


def _digest(paths: Sequence[Path], *words: str) -> str:
    digest = hashlib.sha256(" ".join(words).encode())
    for path in paths:
        digest.update(path.name.encode() + path.read_bytes())
        digest.update(b"x" if os.access(path, os.X_OK) else b"-")
    return digest.hexdigest()[:24]
