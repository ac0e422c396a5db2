"""make, helm and kubectl, each as a person would call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delivery import children
from delivery.children import ROOT
from delivery.errors import StepError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from delivery.cluster import Cluster

    Say = Callable[[str], None]

MAKE = ("make", "--no-print-directory")
PATIENCE = "180s"


def make(label: str, target: str, say: Say) -> str:
    """One target of the Makefile."""
    return children.run(label, [*MAKE, target], say)


def helm(cluster: Cluster, say: Say, namespace: str, release: str, values: Sequence[str]) -> str:
    """`helm upgrade --install` of the chart that is named like the release."""
    chart = str(ROOT / "helm" / release)
    words = [cluster.tool("helm"), "upgrade", "--install", release, chart, "-n", namespace, *values]
    return children.run(f"helm upgrade {release} in {namespace}", words, say, cluster.env)


def kubectl(cluster: Cluster, say: Say, label: str, *words: str) -> str:
    """One kubectl command."""
    return children.run(label, [cluster.tool("kubectl"), *words], say, cluster.env)


def rollout(cluster: Cluster, say: Say, namespace: str, deployment: str) -> None:
    """Wait until a Deployment is complete."""
    words = ("-n", namespace, "rollout", "status", f"deployment/{deployment}", f"--timeout={PATIENCE}")
    kubectl(cluster, say, f"wait for {deployment}", *words)
    say(f"{deployment}: ready")


def reach(cluster: Cluster, say: Say) -> None:
    """Make sure that there is a cluster before anything is built for it. Raises UnreachableError."""
    try:
        kubectl(cluster, say, "reach the cluster", "get", "namespaces", "--request-timeout=10s", "-o", "name")
    except StepError as error:
        why = str(error).strip().splitlines()[-1]
        raise UnreachableError(
            f"cluster: cannot be reached: {why}: run `make up`, or check KUBECONFIG"
        ) from error
