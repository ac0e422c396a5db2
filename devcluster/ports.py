"""Who listens on the TCP ports that the cluster needs."""

from __future__ import annotations

from pathlib import Path

from devcluster import control_plane, node
from devcluster.settings import API_PORT

# Packet rules take these over for the platform's pods and would hide another listener without a word.
PLATFORM = (8080, 9090, 9100)
NEEDED = (
    API_PORT,
    control_plane.ETCD_PORT,
    control_plane.ETCD_PEER_PORT,
    control_plane.CONTROLLER_MANAGER_PORT,
    control_plane.SCHEDULER_PORT,
    node.KUBELET_PORT,
    node.KUBELET_HEALTH_PORT,
    node.PROXY_METRICS_PORT,
    node.PROXY_HEALTH_PORT,
    *PLATFORM,
)
_LISTEN = "0A"


def listeners(table: str) -> dict[int, str]:
    """Port -> socket inode of the listening rows of a `/proc/net/tcp` table."""
    found = {}
    for row in table.splitlines()[1:]:
        fields = row.split()
        if len(fields) > 9 and fields[3] == _LISTEN:
            found[int(fields[1].rpartition(":")[2], 16)] = fields[9]
    return found


def taken(wanted: tuple[int, ...]) -> dict[int, str]:
    """Port -> "program (pid N)" for each wanted port that a process listens on."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    open_ports: dict[int, str] = {}
    for table in tables:
        if table.exists():
            open_ports |= listeners(table.read_text())
    busy = {port: open_ports[port] for port in wanted if port in open_ports}
    return {port: _holder(inode) for port, inode in busy.items()} if busy else {}


def _holder(inode: str) -> str:
    wanted = f"socket:[{inode}]"
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue  # the process ended meanwhile
        if target == wanted:
            pid = link.parts[2]
            return f"{Path(f'/proc/{pid}/comm').read_text().strip()} (pid {pid})"
    return "a process of another container or user"
