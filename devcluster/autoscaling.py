"""What HorizontalPodAutoscalers need of the cluster; tests ask for it, `up` does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster import images, tools
from devcluster.errors import ClusterError
from devcluster.kubectl import Kubectl
from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from devcluster.settings import Settings

IMAGE = "localhost/serin/metrics-server:0.9.0"


def ensure(settings: Settings) -> None:
    """Run metrics-server and wait until the API server serves what it measures. Raises ClusterError."""
    if not settings.kubeconfig.exists():
        raise ClusterError("metrics-server: the cluster is not up: run `python -m devcluster up`")
    images.build(IMAGE, "metrics-server", [tools.tool(settings, "metrics-server")])
    images.load(settings, IMAGE)
    kubectl = Kubectl(tools.tool(settings, "kubectl"), settings.kubeconfig)
    kubectl.apply(PACKAGE / "manifests/metrics-server.yaml", "metrics-server")
    rollout = ("rollout", "status", "--namespace=kube-system", "deployment/metrics-server", "--timeout=90s")
    kubectl(*rollout, doing="metrics-server: waiting until it has measured")
    kubectl.apply(PACKAGE / "manifests/metrics-api.yaml", "metrics-server")
    served = ("wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io", "--timeout=90s")
    kubectl(*served, doing="metrics-server: waiting until the API server serves it")
