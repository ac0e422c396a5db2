"""Shows with two pods that names, Services and the pod network work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster import images
from devcluster.errors import ClusterError
from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devcluster.kubectl import Kubectl
    from devcluster.settings import Settings

IMAGE = "localhost/serin/probe:1"
NAMESPACE = "serin-proof"


def prove(settings: Settings, tools: Mapping[str, Path], kubectl: Kubectl) -> None:
    """Let one pod ask another by name, through a Service. Raises ClusterError with the state of both."""
    images.build(IMAGE, "probe", [tools["probe"]])
    images.load(settings, IMAGE)
    clean = ("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=60s")
    kubectl(*clean, doing="network proof: clearing the last one")
    kubectl.apply(PACKAGE / "manifests/proof.yaml", "network proof")
    where = f"--namespace={NAMESPACE}"
    wait = ("wait", where, "pod/question", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s")
    try:
        kubectl(*wait, doing="network proof: waiting for the answer")
    except ClusterError as cause:
        state = "jsonpath={.items[*].status}"
        said = kubectl("get", "pods", where, "-o", state, doing="network proof: state of the pods")[:600]
        raise ClusterError(
            f"network: a pod asked another by name through a Service: {cause}: the pods say {said}: "
            f"see {settings.logs} and the pod coredns in kube-system"
        ) from cause
    kubectl(*clean, "--wait=false", doing="network proof: clearing up")
