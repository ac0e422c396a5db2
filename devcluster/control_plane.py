"""etcd, the API server, the controller manager and the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devcluster.health import answers
from devcluster.processes import Program
from devcluster.settings import API_PORT, API_URL, HOST_ADDRESS, PACKAGE, POD_CIDR, SERVICE_CIDR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devcluster.settings import Settings

ETCD_PORT = 2379
ETCD_PEER_PORT = 2380
ETCD_URL = f"https://127.0.0.1:{ETCD_PORT}"
CONTROLLER_MANAGER_PORT = 10257
SCHEDULER_PORT = 10259


def etcd(settings: Settings, tools: Mapping[str, Path]) -> Program:
    """The store, on the loopback address, for holders of a certificate."""
    pki = settings.pki
    peer = f"https://127.0.0.1:{ETCD_PEER_PORT}"
    options = {
        "name": "node",
        "data-dir": settings.home / "etcd",
        "listen-client-urls": ETCD_URL,
        "advertise-client-urls": ETCD_URL,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"node={peer}",
        "client-cert-auth": "true",
        "trusted-ca-file": pki / "etcd-ca.crt",
        "cert-file": pki / "etcd.crt",
        "key-file": pki / "etcd.key",
        "peer-client-cert-auth": "true",
        "peer-trusted-ca-file": pki / "etcd-ca.crt",
        "peer-cert-file": pki / "etcd.crt",
        "peer-key-file": pki / "etcd.key",
        "unsafe-no-fsync": "true",  # a throw-away cluster need not survive a power cut
        "log-level": "warn",
    }
    ready = answers(f"{ETCD_URL}/health", pki / "etcd-ca.crt", pki / "etcd-client")
    return Program("etcd", _command(tools["etcd"], options), ready)


def api_server(settings: Settings, tools: Mapping[str, Path]) -> Program:
    """The API server: certificates for everybody, Node and RBAC authorisation, an audit log."""
    pki = settings.pki
    audit_policy = PACKAGE / "manifests/audit-policy.yaml"
    options = {
        "secure-port": API_PORT,
        "advertise-address": HOST_ADDRESS,
        "service-cluster-ip-range": SERVICE_CIDR,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        "profiling": "false",
        "cert-dir": pki,
        "tls-cert-file": pki / "apiserver.crt",
        "tls-private-key-file": pki / "apiserver.key",
        "client-ca-file": pki / "ca.crt",
        "etcd-servers": ETCD_URL,
        "etcd-cafile": pki / "etcd-ca.crt",
        "etcd-certfile": pki / "etcd-client.crt",
        "etcd-keyfile": pki / "etcd-client.key",
        "kubelet-certificate-authority": pki / "ca.crt",
        "kubelet-client-certificate": pki / "apiserver-kubelet-client.crt",
        "kubelet-client-key": pki / "apiserver-kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP",
        "requestheader-client-ca-file": pki / "front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "proxy-client-cert-file": pki / "front-proxy-client.crt",
        "proxy-client-key-file": pki / "front-proxy-client.key",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": pki / "service-account.pub",
        "service-account-signing-key-file": pki / "service-account.key",
        "audit-policy-file": audit_policy,
        "audit-log-path": settings.logs / "audit.log",
        "audit-log-maxsize": 20,  # MiB
        "audit-log-maxbackup": 3,
    }
    ready = answers(f"{API_URL}/readyz", pki / "ca.crt", pki / "admin")
    return Program(
        "kube-apiserver", _command(tools["kube-apiserver"], options), ready, audit_policy.read_text()
    )


def controller_manager(settings: Settings, tools: Mapping[str, Path]) -> Program:
    """The built-in controllers, each with its own service account."""
    pki = settings.pki
    options = {
        **_as_user(settings, "controller-manager"),
        "secure-port": CONTROLLER_MANAGER_PORT,
        "cluster-cidr": POD_CIDR,
        "service-account-private-key-file": pki / "service-account.key",
        "root-ca-file": pki / "ca.crt",
        "cluster-signing-cert-file": pki / "ca.crt",
        "cluster-signing-key-file": pki / "ca.key",
        "use-service-account-credentials": "true",
    }
    ready = answers(f"https://127.0.0.1:{CONTROLLER_MANAGER_PORT}/healthz", settings.pki / "ca.crt")
    return Program("kube-controller-manager", _command(tools["kube-controller-manager"], options), ready)


def scheduler(settings: Settings, tools: Mapping[str, Path]) -> Program:
    """The scheduler."""
    options = {**_as_user(settings, "scheduler"), "secure-port": SCHEDULER_PORT}
    ready = answers(f"https://127.0.0.1:{SCHEDULER_PORT}/healthz", settings.pki / "ca.crt")
    return Program("kube-scheduler", _command(tools["kube-scheduler"], options), ready)


def _as_user(settings: Settings, component: str) -> dict[str, object]:
    kubeconfig = settings.config / f"{component}.kubeconfig"
    return {
        "kubeconfig": kubeconfig,
        "tls-cert-file": settings.pki / f"{component}.crt",
        "tls-private-key-file": settings.pki / f"{component}.key",
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": "127.0.0.1",
        "leader-elect": "false",
        "profiling": "false",
    }


def _command(binary: Path, options: Mapping[str, object]) -> tuple[str, ...]:
    return (str(binary), *(f"--{name}={value}" for name, value in options.items()))
