"""Finds everything that a cluster leaves on a machine, dead or alive."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster import packet_rules
from devcluster.commands import run
from devcluster.processes import start_time
from devcluster.settings import BRIDGE, NETWORK

if TYPE_CHECKING:
    from devcluster.settings import Settings

CGROUPS = Path("/sys/fs/cgroup")
KUBELET_SOCKETS = Path("/var/lib/kubelet")  # the device manager insists on this place
CONTAINER_LOGS = Path("/var/log/containers")
CNI_RESULTS = Path("/var/lib/cni/results")


def find(settings: Settings) -> list[str]:
    """One line for each thing that is left; empty when the machine is clean."""
    found = [f"process {pid}: {command}" for pid, command in processes(settings).items()]
    found += [f"mount {path}" for path in mounts(settings)]
    found += [f"network interface {name}" for name in interfaces()]
    found += [
        f"packet rule {family}: {line}"
        for family in packet_rules.FAMILIES
        for line in packet_rules.ours(family)
    ]
    found += [f"set of addresses {name}" for name in packet_rules.sets()]
    found += [f"cgroup {path}" for path in cgroups()]
    found += [f"file {path}" for path in files(settings)]
    return found


def processes(settings: Settings) -> dict[int, str]:
    """Pid -> command of what runs in a pod or names the state folder."""
    pids = pod_processes() | {
        int(path.parent.name): None
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if belongs(_command(path), str(settings.home))
    }
    return {pid: _command(Path(f"/proc/{pid}/cmdline"))[:120] for pid in sorted(pids) if start_time(pid)}


def pod_processes() -> dict[int, None]:
    """Pids inside the cgroups of pods."""
    lists = [path / "cgroup.procs" for path in cgroups()]
    return {int(pid): None for path in lists if path.exists() for pid in _read(path).split()}


def shims(settings: Settings) -> list[int]:
    """Pids of the runtime's shims: they outlive containerd."""
    return [pid for pid, command in processes(settings).items() if "containerd-shim" in command.split(" ")[0]]


def mounts(settings: Settings) -> list[str]:
    """Mount points under the state folder, deepest first."""
    return mounts_under(Path("/proc/self/mountinfo").read_text(), str(settings.home))


def mounts_under(mountinfo: str, folder: str) -> list[str]:
    """Mount points below `folder` out of a mountinfo table, deepest (and latest) first."""
    points = [_unescaped(line.split()[4]) for line in mountinfo.splitlines() if len(line.split()) > 4]
    below = [point for point in points[::-1] if point.startswith(f"{folder}/")]
    return sorted(below, key=lambda point: point.count("/"), reverse=True)


def interfaces() -> list[str]:
    """The bridge and what hangs on it."""
    if not Path(f"/sys/class/net/{BRIDGE}").exists():
        return []
    listing = json.loads(run(["ip", "-json", "link", "show", "master", BRIDGE], "network interfaces") or "[]")
    return [*(link["ifname"] for link in listing if "ifname" in link), BRIDGE]


def cgroups() -> list[Path]:
    """The pods' cgroups in every hierarchy, deepest first."""
    roots = [CGROUPS / "kubepods", *CGROUPS.glob("*/kubepods")]
    # os.walk passes over what vanishes while it looks, as cgroups of ending pods do.
    found = {Path(folder) for root in roots for folder, _, _ in os.walk(root)}
    return sorted(found, key=lambda path: len(path.parts), reverse=True)


def files(settings: Settings) -> list[Path]:
    """The state folder and the few places that Kubernetes' programs do not let us choose."""
    logs = [link for link in CONTAINER_LOGS.glob("*") if _leads_into(link, settings.home)]
    places = [*sockets(settings), KUBELET_SOCKETS / "device-plugins", KUBELET_SOCKETS / "pod-resources"]
    # The state folder comes last: what lies in it tells which of the sockets are ours.
    return [
        *(path for path in (*places, *logs, *results(), settings.home) if path.exists() or path.is_symlink())
    ]


def results() -> list[Path]:
    """What the CNI plugins noted about pods of our network, their loopback interfaces included."""
    ours = sorted(CNI_RESULTS.glob(f"{NETWORK}-*-eth0"))
    pods = [path.name.removeprefix(f"{NETWORK}-").removesuffix("-eth0") for path in ours]
    return [*ours, *(path for pod in pods for path in CNI_RESULTS.glob(f"cni-loopback-{pod}-*"))]


def sockets(settings: Settings) -> list[Path]:
    """Sockets of our shims; each shim's bundle says where its own lies."""
    notes = (settings.home / "containerd-state/io.containerd.runtime.v2.task/k8s.io").glob("*/address")
    return [Path(_read(note).strip().removeprefix("unix://")) for note in notes]


def belongs(command: str, home: str) -> bool:
    """Whether a program of ours, not an editor or a pager, has the state folder among its words."""
    program, _, rest = command.partition(" ")
    known = re.search(
        r"(^|/)(containerd|containerd-shim[\w-]*|runc|etcd|server|kubelet|kube-[\w-]+)$", program
    )
    return bool(known) and any(word == home or f"{home}/" in word for word in rest.split())


def _command(cmdline: Path) -> str:
    return _read(cmdline).replace("\0", " ").strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""  # it ended meanwhile


def _leads_into(link: Path, folder: Path) -> bool:
    return link.is_symlink() and link.readlink().is_relative_to(folder)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
