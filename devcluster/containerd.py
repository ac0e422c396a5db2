"""The container runtime, with its root, state and socket in the cluster's own folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster.commands import run, succeeds
from devcluster.network import PLUGINS
from devcluster.processes import Program

if TYPE_CHECKING:
    from pathlib import Path

    from devcluster.settings import Settings

PAUSE_IMAGE = "localhost/serin/pause:1"
_ID_LABEL = "serin.dev/image-id"


def program(settings: Settings) -> Program:
    """The runtime with its CRI plugin."""
    path = settings.config / "containerd.toml"
    content = configuration(settings)
    path.write_text(content)
    command = ("containerd", "--config", str(path))
    return Program("containerd", command, lambda: succeeds([*_ctr(settings), "version"]), content)


def configuration(settings: Settings) -> str:
    """The configuration file.

    Network namespaces lie under the state folder so that `down` can tell ours from others; scores for the
    out-of-memory killer are left alone because lowering them needs a capability that containers often lack.
    """
    home = settings.home
    return f"""version = 2
root = "{home}/containerd"
state = "{home}/containerd-state"

[grpc]
  address = "{settings.containerd_socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "{home}/containerd-opt"

[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  sandbox_image = "{PAUSE_IMAGE}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PLUGINS}"
    conf_dir = "{settings.config}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "{home}/runc"
"""


def image_id(settings: Settings, name: str) -> str:
    """The id under which `import_archive` stored the image; empty where the node does not have it."""
    listing = run([*_ctr(settings), "images", "list", f"name=={name}"], f"look for {name} on the node")
    return label_in(listing, _ID_LABEL)


def import_archive(settings: Settings, archive: Path, name: str, identity: str) -> None:
    """Bring an image from a docker archive to the node and remember its id."""
    run([*_ctr(settings), "images", "import", archive], f"import {name}")
    run([*_ctr(settings), "images", "label", name, f"{_ID_LABEL}={identity}"], f"label {name}")


def label_in(listing: str, label: str) -> str:
    """The value of a label in the table that `ctr images list` prints; empty where it is not there."""
    for word in listing.replace(",", " ").split():
        key, _, value = word.partition("=")
        if key == label:
            return value
    return ""


def _ctr(settings: Settings) -> list[str]:
    return ["ctr", "--address", str(settings.containerd_socket), "--namespace", "k8s.io"]
