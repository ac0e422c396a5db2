"""CoreDNS in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster import images
from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devcluster.kubectl import Kubectl
    from devcluster.settings import Settings

IMAGE = "localhost/serin/coredns:1.14.7"


def ensure(settings: Settings, tools: Mapping[str, Path], kubectl: Kubectl) -> None:
    """Bring the image to the node, apply the manifests, wait until CoreDNS is ready."""
    images.build(IMAGE, "coredns", [tools["coredns"]])
    images.load(settings, IMAGE)
    kubectl.apply(PACKAGE / "manifests/dns.yaml", "DNS")
    rollout = ("rollout", "status", "--namespace=kube-system", "deployment/coredns", "--timeout=90s")
    kubectl(*rollout, doing="DNS: waiting for CoreDNS")
