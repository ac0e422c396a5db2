"""Enforces NetworkPolicies while somebody wants to see them enforced; `up` does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster import packages, packet_rules, processes, tools
from devcluster.errors import ClusterError
from devcluster.processes import Program
from devcluster.settings import NODE, SERVICE_CIDR

if TYPE_CHECKING:
    from devcluster.settings import Settings

NAME = "kube-netpol"
PACKAGES = {"ipset": "ipset"}
CHAIN = "KUBE-POD-FW-"  # one a pod, whether or not a policy selects it


def enforce(settings: Settings) -> None:
    """Refuse from now on what NetworkPolicies do not allow. Raises ClusterError."""
    if not settings.kubeconfig.exists():
        raise ClusterError("NetworkPolicies: the cluster is not up: run `python -m devcluster up`")
    packages.ensure(PACKAGES)
    command = (
        str(tools.tool(settings, NAME)),
        f"--kubeconfig={settings.kubeconfig}",
        f"--node={NODE}",
        f"--services={SERVICE_CIDR}",
    )
    processes.ensure(settings, Program(NAME, command, _filtering))


def stop(settings: Settings) -> None:
    """Allow everything again. Raises ClusterError."""
    processes.stop(settings, NAME)
    for family in packet_rules.FAMILIES:
        packet_rules.remove(family, packet_rules.POLICIES)
    packet_rules.remove_sets()


def _filtering() -> bool:
    return any(CHAIN in line for line in packet_rules.ours("iptables"))
