"""From nothing, from remains or from a running cluster to one that is proven to work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from devcluster import (
    containerd,
    control_plane,
    dns,
    images,
    kubeconfig,
    network,
    node,
    ownership,
    packages,
    pki,
    preflight,
    processes,
    proof,
    sources,
    tools,
)
from devcluster.down import down
from devcluster.kubectl import Kubectl
from devcluster.progress import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devcluster.settings import Settings


def up(settings: Settings, *, fresh: bool = False) -> None:
    """Start what does not run yet and show that the network works.

    Raises ClusterError with what is wrong and what to do.
    """
    machine = preflight.Machine.this()
    preflight.check_root(machine)
    packages.ensure()
    if fresh:
        down(settings)
    ownership.refuse_foreign(settings)
    if not processes.any_alive(settings):
        preflight.check_machine(machine)
        preflight.check_ports()
    ownership.claim(settings)
    found = programs(settings)
    started = time.monotonic()
    _prepare(settings)
    _start(settings, found)
    kubectl = Kubectl(found["kubectl"], settings.kubeconfig)
    say("DNS: starting CoreDNS")
    dns.ensure(settings, found, kubectl)
    say("network: proving name lookup and pod -> Service -> pod")
    proof.prove(settings, found, kubectl)
    say(f"ready after {time.monotonic() - started:.1f} s: export KUBECONFIG={settings.kubeconfig}")


def programs(settings: Settings) -> dict[str, Path]:
    """The programs that the cluster itself needs, built where missing."""
    return {
        name: path for module in sources.CLUSTER for name, path in tools.resolve(settings, module).items()
    }


def _prepare(settings: Settings) -> None:
    for folder in (settings.logs, settings.pids, settings.config):
        folder.mkdir(mode=0o700, exist_ok=True)
    pki.ensure(settings.pki)
    kubeconfig.write_all(settings)
    network.ensure(settings)


def _start(settings: Settings, found: Mapping[str, Path]) -> None:
    say("control plane: starting etcd, kube-apiserver, kube-controller-manager, kube-scheduler")
    processes.ensure(settings, containerd.program(settings))
    for make in (control_plane.etcd, control_plane.api_server):
        processes.ensure(settings, make(settings, found))
    images.build(containerd.PAUSE_IMAGE, "pause", [found["pause"]])
    images.load(settings, containerd.PAUSE_IMAGE)
    for make in (control_plane.controller_manager, control_plane.scheduler):
        processes.ensure(settings, make(settings, found))
    say("node: starting kubelet and kube-proxy")
    for make in (node.kubelet, node.kube_proxy):  # the proxy is well once it knows its node
        processes.ensure(settings, make(settings, found))
