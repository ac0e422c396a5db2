"""Where the cluster keeps its things, and the addresses it uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NODE = "node"
BRIDGE = "serin0"
NETWORK = "serin"
HOST_ADDRESS = "10.88.0.1"  # the bridge's own address: it stays when the machine changes networks
POD_CIDR = "10.88.0.0/16"
SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
DOMAIN = "cluster.local"
API_PORT = 6443
API_URL = f"https://127.0.0.1:{API_PORT}"
PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Settings:
    """All paths of one machine's cluster.

    `home` holds the state of the running cluster and is removed by `down`; `cache` holds what is slow to
    make (binaries, the base system) and survives; `given_bin` is a folder of ready binaries, if any;
    `clone` is the copy of the repository that asks.
    """

    home: Path
    cache: Path
    given_bin: Path | None
    clone: Path

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Settings from DEVCLUSTER_HOME, DEVCLUSTER_CACHE and DEVCLUSTER_BIN, or their defaults."""
        home = environment.get("DEVCLUSTER_HOME") or "/var/lib/serin-devcluster"
        cache = environment.get("DEVCLUSTER_CACHE") or str(Path.home() / ".cache/serin/devcluster")
        given = environment.get("DEVCLUSTER_BIN")
        return cls(
            home=Path(home).absolute(),
            cache=Path(cache).absolute(),
            given_bin=Path(given).absolute() if given else None,
            clone=PACKAGE.parent,
        )

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def pids(self) -> Path:
        return self.home / "pids"

    @property
    def pki(self) -> Path:
        return self.home / "pki"

    @property
    def config(self) -> Path:
        return self.home / "config"

    @property
    def kubeconfig(self) -> Path:
        return self.home / "kubeconfig"

    @property
    def owner(self) -> Path:
        return self.home / "owner"

    @property
    def containerd_socket(self) -> Path:
        return self.home / "containerd.sock"
