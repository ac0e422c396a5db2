"""Who we are inside a cluster: a ServiceAccount's token, read again whenever it is used.

The official client does the same and much more; importing it would double our memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3

from canary.adapters.kube import Kube
from canary.core.journal import DEADMAN

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
# As Kubernetes tells every pod; needing no name server, we do not fail with it.
HOST, PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
_RETRIES = urllib3.Retry(total=2, connect=2, read=1, status=0, redirect=0, other=0, backoff_factor=0.1)


@dataclass(frozen=True, slots=True)
class _Settings:
    host: str


@dataclass(frozen=True, slots=True)
class _Pool:
    pool_manager: urllib3.PoolManager

    def close(self) -> None:
        self.pool_manager.clear()


@dataclass(frozen=True, slots=True)
class _Account:
    """As much of the official client as `Kube` needs."""

    configuration: _Settings
    rest_client: _Pool
    token: Path = field(default=FOLDER / "token")

    def update_params_for_auth(self, headers: dict[str, str], *_: Any) -> None:
        headers["Authorization"] = f"Bearer {self.token.read_text(encoding='utf-8').strip()}"


def server(environment: Mapping[str, str]) -> str:
    """Where the API server is, seen from a pod; empty outside a cluster."""
    host = environment.get(HOST, "")
    if not host:
        return ""
    return f"https://[{host}]:{environment[PORT]}" if ":" in host else f"https://{host}:{environment[PORT]}"


def connect(address: str, folder: Path) -> Kube:
    """The API server at `address`, as the account whose token and authority lie in `folder`."""
    pool = urllib3.PoolManager(ca_certs=str(folder / "ca.crt"), retries=_RETRIES, maxsize=2)
    account = _Account(_Settings(address), _Pool(pool), folder / "token")
    return Kube(account, "", names=(DEADMAN, DEADMAN))
