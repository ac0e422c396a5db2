"""Where the API server is and who we are there."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import urllib3
from kubernetes import client, config
from kubernetes.config.config_exception import ConfigException
from yaml import YAMLError

from canary.adapters.calls import Call, nobody
from canary.adapters.kube import AGENT, MANAGER, Kube
from canary.ports import SerinError

if TYPE_CHECKING:
    from collections.abc import Callable

OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
KEEP_ALIVE = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
]
# Reads may be repeated; a write whose answer was lost is repeated by the next loop, not here.
RETRIES = urllib3.Retry(total=2, connect=2, read=1, status=0, redirect=0, other=0, backoff_factor=0.1)


def connect(
    kubeconfig: str = "",
    context: str = "",
    told: Callable[[Call], None] = nobody,
    agent: str = AGENT,
) -> Kube:
    """The API server of a kubeconfig, or of the cluster this process runs in; `told` hears of calls.

    The audit log of the API server calls us `agent`. Raises SerinError when neither describes one.
    """
    settings = client.Configuration()
    try:
        namespace = _load(settings, kubeconfig, context)
    except (ConfigException, OSError, ValueError, TypeError, KeyError, YAMLError) as error:
        subject = kubeconfig or "kubeconfig"
        why = " ".join(str(error).split())[:200]
        raise SerinError(f"{subject}: load: {why}: give --kubeconfig or --context") from error
    settings.retries = RETRIES
    settings.socket_options = KEEP_ALIVE
    settings.connection_pool_maxsize = 40
    return Kube(client.ApiClient(settings), namespace, told, (MANAGER, agent))


def _load(settings: Any, kubeconfig: str, context: str) -> str:
    """Fill `settings`; return the namespace to use when none is named."""
    try:
        config.load_kube_config(kubeconfig or None, context or None, client_configuration=settings)
    except ConfigException:
        if kubeconfig or context:
            raise
        config.load_incluster_config(client_configuration=settings)
        return OWN_NAMESPACE.read_text(encoding="utf-8").strip()
    contexts, active = config.list_kube_config_contexts(kubeconfig or None)
    chosen = next((each for each in contexts if each["name"] == context), active)
    return str(chosen["context"].get("namespace") or "default")
