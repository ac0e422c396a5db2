"""Kubeconfig files: how each part, and the person at the terminal, reaches the API server."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from devcluster.settings import API_URL

if TYPE_CHECKING:
    from pathlib import Path

    from devcluster.settings import Settings

CONTEXT = "serin"
COMPONENTS = ("controller-manager", "scheduler", "kubelet", "kube-proxy")


def render(authority: bytes, certificate: bytes, key: bytes, user: str) -> str:
    """A kubeconfig as JSON (which is YAML) with everything inside, so that the file can be moved."""
    cluster = {"server": API_URL, "certificate-authority-data": _text(authority)}
    credentials = {"client-certificate-data": _text(certificate), "client-key-data": _text(key)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": user, "user": credentials}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user}}],
        "current-context": CONTEXT,
    }
    return json.dumps(document, indent=2) + "\n"


def write_all(settings: Settings) -> None:
    """One file for the administrator and one for each component, readable by root alone."""
    _write(settings, "admin", settings.kubeconfig)
    for component in COMPONENTS:
        _write(settings, component, settings.config / f"{component}.kubeconfig")


def _write(settings: Settings, user: str, path: Path) -> None:
    pki = settings.pki
    authority, certificate, key = (
        (pki / name).read_bytes() for name in ("ca.crt", f"{user}.crt", f"{user}.key")
    )
    path.touch(mode=0o600)
    path.write_text(render(authority, certificate, key, user))


def _text(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
