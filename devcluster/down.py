"""Removes a cluster, whole, half-started or killed, until nothing of it is left."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import network, ownership, packet_rules, processes, remains
from devcluster.commands import run, succeeds
from devcluster.errors import ClusterError
from devcluster.progress import say

if TYPE_CHECKING:
    from devcluster.settings import Settings

# Those that would start pods again come first, then the pods, then what the pods' end needs.
STARTERS = ("kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy")
POD_PATIENCE = 3.0  # seconds for the programs in pods to end by themselves
SHOWN = 10


def down(settings: Settings) -> None:
    """Remove everything.

    Raises ClusterError that names what could not be removed.
    """
    if owner := ownership.owner(settings):
        say(f"down: the cluster of {owner}")
    _end_processes(settings)
    _unmount(settings)
    _remove_network()
    _remove_cgroups()
    network.restore(settings)
    for path in remains.files(settings):
        _remove(path)
    if left := remains.find(settings):
        more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        raise ClusterError(
            f"down: left on this machine: {'; '.join(left[:SHOWN])}{more}: remove by hand or try again"
        )
    say("down: nothing is left")


def _end_processes(settings: Settings) -> None:
    say("down: ending pods, then the cluster's programs")
    for name in STARTERS:
        processes.stop(settings, name)
    processes.end(list(remains.pod_processes()), POD_PATIENCE)
    processes.end(remains.shims(settings), POD_PATIENCE)
    for name in ("kube-apiserver", "etcd", "containerd", *processes.names(settings)):
        processes.stop(settings, name)
    processes.end(list(remains.processes(settings)), POD_PATIENCE)


def _unmount(settings: Settings) -> None:
    for path in remains.mounts(settings):
        run(["umount", path], f"unmount {path}")


def _remove_network() -> None:
    for name in remains.interfaces():
        # It may vanish with the namespace of its pod between the listing and now.
        if not succeeds(["ip", "link", "delete", name]) and Path(f"/sys/class/net/{name}").exists():
            raise ClusterError(
                f"network interface {name}: delete: refused: see `ip -details link show {name}`"
            )
    for family in packet_rules.FAMILIES:
        packet_rules.remove(family)
    packet_rules.remove_sets()


def _remove_cgroups() -> None:
    """A cgroup stays busy for a moment after its last process ended."""
    deadline = time.monotonic() + 5
    while found := remains.cgroups():
        for path in found:
            try:
                path.rmdir()
            except FileNotFoundError:
                continue  # the same hierarchy under a second name
            except OSError as cause:
                if time.monotonic() > deadline:
                    raise ClusterError(
                        f"cgroup {path}: remove: {cause.strerror}: see its cgroup.procs"
                    ) from cause
        time.sleep(0.05)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
