"""The programs of the cluster: which there are, where they lie, and building those that are missing."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devcluster import build
from devcluster.errors import ClusterError
from devcluster.settings import PACKAGE

if TYPE_CHECKING:
    from pathlib import Path

    from devcluster.settings import Settings

KUBERNETES_VERSION = "v1.36.3"
_VERSION = "k8s.io/component-base/version"
_SMALL = "-s -w"
_KUBERNETES_LINK = f"{_SMALL} -X {_VERSION}.gitVersion={KUBERNETES_VERSION} -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=36"


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module of `devcluster/modules`, what to build of it, and the programs that come out.

    `programs` maps the name we use to the name Go gives the binary; `tags` choose what is compiled in.
    """

    name: str
    target: str
    link: str
    programs: dict[str, str]
    tags: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        return (f"-ldflags={self.link}", *([f"-tags={self.tags}"] if self.tags else []))

    @property
    def folder(self) -> Path:
        return PACKAGE / "modules" / self.name


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
NODE = Module("node", "./...", _SMALL, _named("coredns", "pause", "probe"))
TRAEFIK = Module("traefik", "tool", _SMALL, _named("traefik"))
# Of all the clouds it could discover targets in, only Kubernetes: two minutes instead of ten.
PROMETHEUS = Module(
    "prometheus",
    "tool",
    f"{_SMALL} -X github.com/prometheus/common/version.Version=3.13.5",
    _named("prometheus"),
    tags="remove_all_sd,enable_kubernetes_sd",
)
HELM_UNITTEST = Module("helm-unittest", "tool", _SMALL, _named("helm-unittest"))
KUBECONFORM = Module("kubeconform", "tool", _SMALL, _named("kubeconform"))

CLUSTER = (KUBERNETES, NODE)
PLATFORM = (TRAEFIK, PROMETHEUS)
TESTS = (HELM_UNITTEST, KUBECONFORM)
ALL = (*CLUSTER, *PLATFORM, *TESTS)


def tool(settings: Settings, name: str) -> Path:
    """Path of the program, building its module where it is in no cache yet.

    Raises ClusterError for an unknown name and for a build that fails.
    """
    for module in ALL:
        if name in module.programs:
            return resolve(settings, module)[name]
    known = ", ".join(name for module in ALL for name in module.programs)
    raise ClusterError(f"tool {name}: unknown: use one of {known}")


def resolve(settings: Settings, module: Module) -> dict[str, Path]:
    """Paths of the module's programs: from DEVCLUSTER_BIN, from the cache, or built now."""
    given = _given(settings, module)
    if given:
        return given
    folder = settings.cache / "bin" / f"{module.name}-{key(module)}"
    if not folder.exists():
        build.install(settings, module.name, module.folder, module.target, module.options, folder)
    return {name: folder / binary for name, binary in module.programs.items()}


def is_ready(settings: Settings, module: Module) -> bool:
    """Whether the module's programs are there without a build."""
    return (
        bool(_given(settings, module)) or (settings.cache / "bin" / f"{module.name}-{key(module)}").exists()
    )


def key(module: Module) -> str:
    """Digest of everything that decides what the binaries are: the module's files and the flags."""
    digest = hashlib.sha256(repr((build.FLAGS, module.options, module.target)).encode())
    for path in sorted(module.folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(module.folder)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _given(settings: Settings, module: Module) -> dict[str, Path]:
    if settings.given_bin is None:
        return {}
    found = {name: settings.given_bin / name for name in module.programs}
    complete = all(os.access(path, os.X_OK) for path in found.values())
    return found if complete else {}
