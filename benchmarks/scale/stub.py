"""A node whose pods are never run: kwok answers for them as a kubelet would, Ready within a second."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from benchmarks.cluster.place import ask
from delivery import children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from delivery.cluster import Cluster

NODE = "stub"
_MARK = "kwok.x-k8s.io/node"
_STAGES = Path(__file__).with_name("stages.yaml")
PODS = 4000  # that the node says it has room for

# What keeps a pod off real nodes, and lets it on the stub.
PLACEMENT: dict[str, Any] = {
    "nodeSelector": {"kubernetes.io/hostname": NODE},
    "tolerations": [{"key": _MARK, "operator": "Exists"}],
}


@contextmanager
def node(api: Any, cluster: Cluster, folder: Path) -> Iterator[None]:
    """Have the node as long as the block lasts. Raises StepError when it cannot be had."""
    room = {"cpu": "1000", "memory": "1000Gi", "pods": str(PODS)}
    body = {
        "metadata": {
            "name": NODE,
            "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"},
            "annotations": {_MARK: "fake"},
        },
        "spec": {"taints": [{"key": _MARK, "value": "fake", "effect": "NoSchedule"}]},
        "status": {"capacity": room, "allocatable": room},
    }
    core = client.CoreV1Api(api)
    _remove(core)
    ask(f"Node {NODE}", lambda: core.create_node(body))
    words = [
        cluster.tool("kwok"), f"--config={_STAGES}", "--cidr=10.99.0.0/16",
        "--node-lease-duration-seconds=40",  # or the node would be taken for lost, and its pods with it
        f"--manage-nodes-with-annotation-selector={_MARK}=fake",
    ]  # fmt: skip
    with (folder / "kwok.log").open("wb") as log:
        child = children.start(words, cluster.env, stdout=log.fileno(), stderr=log.fileno())
        try:
            yield
        finally:
            children.end(child)
            _remove(core)


def _remove(core: Any) -> None:
    try:
        core.delete_node(NODE)
    except ApiException as error:
        if error.status != 404:
            raise
