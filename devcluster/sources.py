"""The Go modules that the cluster's programs come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from pathlib import Path

KUBERNETES_VERSION = "v1.36.3"
_VERSION = "k8s.io/component-base/version"
_SMALL = "-s -w"
_KUBERNETES_LINK = (
    f"{_SMALL} -X {_VERSION}.gitVersion={KUBERNETES_VERSION} "
    f"-X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=36"
)


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module of `devcluster/modules`, what to build of it, and the programs that come out.

    `programs` maps the name we use to the name Go gives the binary; `tags` choose what is compiled in;
    `place` is the folder of the module where that is not the name.
    """

    name: str
    target: str
    link: str
    programs: dict[str, str]
    tags: str = ""
    place: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        return (f"-ldflags={self.link}", *([f"-tags={self.tags}"] if self.tags else []))

    @property
    def folder(self) -> Path:
        return PACKAGE / "modules" / (self.place or self.name)


def _named(*names: str) -> dict[str, str]:
    return {name: name for name in names}


KUBERNETES = Module(
    "kubernetes",
    "tool",
    _KUBERNETES_LINK,
    {"etcd": "server"}
    | _named("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
    | _named("kubectl", "helm"),
)
NODE = Module("node", "./...", _SMALL, _named("coredns", "pause", "probe", "kube-netpol"))
TRAEFIK = Module("traefik", "tool", _SMALL, _named("traefik"))
# Of all the clouds it could discover targets in, only Kubernetes: two minutes instead of ten.
_DISCOVERY = "remove_all_sd,enable_kubernetes_sd"
PROMETHEUS = Module(
    "prometheus",
    "github.com/prometheus/prometheus/cmd/prometheus",
    f"{_SMALL} -X github.com/prometheus/common/version.Version=3.13.5",
    _named("prometheus"),
    tags=_DISCOVERY,
)
PROMTOOL = Module(
    "promtool",
    "github.com/prometheus/prometheus/cmd/promtool",
    _SMALL,
    _named("promtool"),
    tags=_DISCOVERY,
    place=PROMETHEUS.name,
)
KUBE_STATE_METRICS = Module(
    "kube-state-metrics",
    "tool",
    f"{_SMALL} -X github.com/prometheus/common/version.Version=v2.20.0",
    _named("kube-state-metrics"),
)
METRICS_SERVER = Module("metrics-server", "tool", _SMALL, _named("metrics-server"))
HELM_UNITTEST = Module("helm-unittest", "tool", _SMALL, _named("helm-unittest"))
KUBECONFORM = Module("kubeconform", "tool", _SMALL, _named("kubeconform"))

# Answers for pods that nobody runs: only `make bench-scale` needs it.
KWOK = Module("kwok", "tool", _SMALL, _named("kwok"))

CLUSTER = (KUBERNETES, NODE)
PLATFORM = (TRAEFIK, PROMETHEUS, KUBE_STATE_METRICS)
TESTS = (HELM_UNITTEST, KUBECONFORM, PROMTOOL, METRICS_SERVER)
ALL = (*CLUSTER, *PLATFORM, *TESTS, KWOK)
