"""The bridge that pods hang on, and the kernel settings that it and the kubelet need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from devcluster.commands import run, succeeds
from devcluster.errors import ClusterError
from devcluster.settings import BRIDGE, HOST_ADDRESS, NETWORK, POD_CIDR, SERVICE_CIDR

if TYPE_CHECKING:
    from devcluster.settings import Settings

PLUGINS = Path("/usr/lib/cni")
NEEDED = {"net/ipv4/ip_forward": "1", "net/bridge/bridge-nf-call-iptables": "1"}
# The kubelet and kube-proxy change these by themselves; `down` puts back what was there.
TOUCHED = (
    *NEEDED,
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
    "net/netfilter/nf_conntrack_tcp_timeout_established",
    "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
)
SYSCTL = Path("/proc/sys")


def ensure(settings: Settings) -> None:
    """Set the kernel up, make the bridge, write the CNI configuration.

    Raises ClusterError when the kernel cannot filter bridged traffic.
    """
    succeeds(["modprobe", "br_netfilter"])  # fails where it is built in: the setting below decides
    _remember(settings)
    for name, value in NEEDED.items():
        try:
            (SYSCTL / name).write_text(value)
        except OSError as cause:
            raise ClusterError(
                f"kernel setting {name}: set to {value}: {cause.strerror}: load the module br_netfilter"
            ) from cause
    if not Path(f"/sys/class/net/{BRIDGE}").exists():
        run(["ip", "link", "add", BRIDGE, "type", "bridge"], "bridge")
    prefix = POD_CIDR.partition("/")[2]
    run(["ip", "address", "replace", f"{HOST_ADDRESS}/{prefix}", "dev", BRIDGE], "bridge address")
    run(["ip", "link", "set", BRIDGE, "up"], "bridge")
    # Without a default route the host would find no way to a Service; with this one it always does.
    run(["ip", "route", "replace", SERVICE_CIDR, "dev", BRIDGE], "route to the Services")
    folder = settings.config / "cni"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-serin.conflist").write_text(conflist(settings.home / "cni-addresses"))


def conflist(addresses: Path) -> str:
    """The CNI chain: a bridge with addresses from POD_CIDR, host ports, a pass through strict firewalls."""
    ipam = {
        "type": "host-local",
        "dataDir": str(addresses),
        "ranges": [[{"subnet": POD_CIDR, "gateway": HOST_ADDRESS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {
        "type": "bridge",
        "bridge": BRIDGE,
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": ipam,
    }
    plugins = [
        bridge,
        {"type": "portmap", "capabilities": {"portMappings": True}},
        {"type": "firewall", "backend": "iptables"},
    ]
    return json.dumps({"cniVersion": "1.0.0", "name": NETWORK, "plugins": plugins}, indent=2)


def restore(settings: Settings) -> None:
    """Put back the kernel settings that were found by the first `up`."""
    record = settings.home / "kernel.json"
    if not record.exists():
        return
    for name, value in json.loads(record.read_text()).items():
        path = SYSCTL / name
        if path.exists() and path.read_text().strip() != value:
            path.write_text(value)


def _remember(settings: Settings) -> None:
    record = settings.home / "kernel.json"
    if not record.exists():
        found = {name: (SYSCTL / name).read_text().strip() for name in TOUCHED if (SYSCTL / name).exists()}
        record.write_text(json.dumps(found))
