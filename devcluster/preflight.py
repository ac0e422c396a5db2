"""Looks before leaping: what `up` needs of the machine, and what to do where it is missing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from devcluster import ports
from devcluster.commands import succeeds
from devcluster.errors import ClusterError

LEAST_MEMORY_MIB = 3072
LEAST_KERNEL = (5, 4)


@dataclass(frozen=True, slots=True)
class Machine:
    """What preflight looks at."""

    system: str
    kernel: str
    user: int
    memory_mib: int
    file_systems: frozenset[str]
    has_cgroups: bool

    @classmethod
    def this(cls) -> Machine:
        """The machine at hand."""
        if sys.platform != "linux":
            return cls(platform.system(), platform.release(), -1, 0, frozenset(), has_cgroups=False)
        if shutil.which("modprobe"):
            succeeds(["modprobe", "overlay"])  # where it is built in this fails and does not matter
        return cls(
            system=platform.system(),
            kernel=platform.release(),
            user=os.geteuid(),
            memory_mib=available_mib(Path("/proc/meminfo").read_text()),
            file_systems=frozenset(Path("/proc/filesystems").read_text().split()),
            has_cgroups=Path("/sys/fs/cgroup").is_dir() and any(Path("/sys/fs/cgroup").iterdir()),
        )


def check_root(machine: Machine) -> None:
    """Raises ClusterError for everybody but root on Linux."""
    if machine.system != "Linux":
        raise ClusterError(
            f"embedded cluster: start on {machine.system}: it needs Linux: "
            "use CLUSTER=current with kind or another cluster"
        )
    if machine.user != 0:
        raise ClusterError(
            f"embedded cluster: started by user id {machine.user}: mounts, network and cgroups need root: "
            "use `sudo`, or CLUSTER=current with a cluster of your own"
        )


def check_machine(machine: Machine) -> None:
    """Raises ClusterError when the kernel or the memory cannot carry the cluster."""
    if kernel_version(machine.kernel) < LEAST_KERNEL:
        least = ".".join(map(str, LEAST_KERNEL))
        raise ClusterError(f"kernel {machine.kernel}: the kubelet needs {least} or newer: use a newer kernel")
    if "overlay" not in machine.file_systems:
        raise ClusterError(
            f"kernel {machine.kernel}: file system overlay: not supported: load the module overlay"
        )
    if not machine.has_cgroups:
        raise ClusterError(f"kernel {machine.kernel}: /sys/fs/cgroup: empty: mount the cgroup file systems")
    if machine.memory_mib < LEAST_MEMORY_MIB:
        raise ClusterError(
            f"memory: {machine.memory_mib} MiB are available: the cluster and the platform need "
            f"{LEAST_MEMORY_MIB} MiB: end other programs or use a bigger machine"
        )


def check_ports(wanted: tuple[int, ...] = ports.NEEDED) -> None:
    """Raises ClusterError that names each port in use and the program that holds it."""
    busy = ports.taken(wanted)
    if busy:
        list_ = ", ".join(f"{port} by {holder}" for port, holder in sorted(busy.items()))
        raise ClusterError(f"ports: needed and taken: {list_}: end these programs and try again")


def kernel_version(release: str) -> tuple[int, int]:
    """(major, minor) of a kernel release such as `6.1.0-18-amd64`."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def available_mib(meminfo: str) -> int:
    """Available memory in MiB out of `/proc/meminfo`; 0 where it does not say."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, re.MULTILINE)
    return int(found[1]) // 1024 if found else 0
