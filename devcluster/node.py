"""The kubelet and kube-proxy: what makes this machine the cluster's one node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from devcluster.commands import run
from devcluster.errors import ClusterError
from devcluster.health import answers
from devcluster.processes import Program
from devcluster.settings import DNS_ADDRESS, DOMAIN, HOST_ADDRESS, NODE, POD_CIDR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from devcluster.settings import Settings

KUBELET_PORT = 10250
KUBELET_HEALTH_PORT = 10248
PROXY_METRICS_PORT = 10249
PROXY_HEALTH_PORT = 10256


def kubelet(settings: Settings, tools: Mapping[str, Path]) -> Program:
    """The kubelet; ready when the API server calls the node Ready."""
    content = json.dumps(kubelet_configuration(settings), indent=2)
    path = settings.config / "kubelet.json"
    path.write_text(content)
    command = (
        str(tools["kubelet"]),
        f"--config={path}",
        f"--kubeconfig={settings.config}/kubelet.kubeconfig",
        f"--root-dir={settings.home}/kubelet",
        f"--hostname-override={NODE}",
        f"--node-ip={HOST_ADDRESS}",
        f"--containerd={settings.containerd_socket}",  # cAdvisor learns from it whose a group of processes is
    )
    return Program("kubelet", command, _node_is_ready(settings, tools["kubectl"]), content)


def kubelet_configuration(settings: Settings) -> dict[str, object]:
    """KubeletConfiguration for a machine that may itself be a container or a small virtual machine."""
    pki, home = settings.pki, settings.home
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": HOST_ADDRESS,
        "port": KUBELET_PORT,
        "healthzPort": KUBELET_HEALTH_PORT,
        "tlsCertFile": str(pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet.key"),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{settings.containerd_socket}",
        "podLogsDir": str(home / "pod-logs"),
        "volumePluginDir": str(home / "volume-plugins"),
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": DOMAIN,
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "featureGates": {
            "KubeletInUserNamespace": True
        },  # forgives capabilities that the machine does not give
        "enforceNodeAllocatable": [],
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,  # images come from no registry: a collected one would be lost
        "imageGCLowThresholdPercent": 99,
        "serializeImagePulls": False,
        "syncFrequency": "10s",
        "nodeStatusUpdateFrequency": "5s",
    }


def kube_proxy(settings: Settings, tools: Mapping[str, Path]) -> Program:
    """kube-proxy in iptables mode; ready when its health check says that the rules are in place."""
    content = json.dumps(proxy_configuration(settings), indent=2)
    path = settings.config / "kube-proxy.json"
    if (
        not path.exists() or path.read_text() != content
    ):  # a running kube-proxy ends itself when its file is touched
        path.write_text(content)
    command = (str(tools["kube-proxy"]), f"--config={path}", f"--hostname-override={NODE}")
    url = f"http://127.0.0.1:{PROXY_HEALTH_PORT}/healthz"
    return Program("kube-proxy", command, answers(url), content)


def proxy_configuration(settings: Settings) -> dict[str, object]:
    """KubeProxyConfiguration; the short sync period lets Services follow their pods within 0.1 s."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(settings.config / "kube-proxy.kubeconfig")},
        "clusterCIDR": POD_CIDR,
        "bindAddress": HOST_ADDRESS,
        "healthzBindAddress": f"127.0.0.1:{PROXY_HEALTH_PORT}",
        "metricsBindAddress": f"127.0.0.1:{PROXY_METRICS_PORT}",
        "nodePortAddresses": ["127.0.0.0/8"],
        "conntrack": {"maxPerCore": 0, "min": 0},
        "iptables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
    }


def _node_is_ready(settings: Settings, kubectl: Path) -> Callable[[], bool]:
    question = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    command = [str(kubectl), f"--kubeconfig={settings.kubeconfig}", "get", "node", NODE, "-o", question]

    def check() -> bool:
        try:
            return run([*command, "--request-timeout=5s"], "ask for the node").strip() == "True"
        except ClusterError:
            return False  # no answer yet is not ready yet

    return check
