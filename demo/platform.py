"""`make up`: the cluster with everything around the releases on it. Quick and harmless when it all runs.

Each step raises DemoError with the last lines of the command that failed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo import children
from demo.children import ROOT
from demo.cluster import chosen
from demo.errors import DemoError
from demo.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from demo.cluster import Cluster
    from demo.together import Wait

    Say = Callable[[str], None]

MODELS = ("v0", "v1")
MAKE = ("make", "--no-print-directory")
BUILT = ROOT / "build" / "images.json"
WORKLOADS = (("traefik", "traefik"), ("monitoring", "prometheus"))
GATEWAY_KINDS = tuple(
    f"customresourcedefinition.apiextensions.k8s.io/{kind}.gateway.networking.k8s.io"
    for kind in ("gatewayclasses", "gateways", "httproutes")
)
DEFINITIONS = (sys.executable, "-m", "devcluster", "gateway-crds")
PATIENCE = "180s"
PROXY_SETTLE = 1.0  # seconds; the Traefik of our component follows within 0.2


@dataclass(frozen=True, slots=True)
class Image:
    """One built image as the nodes know it."""

    repository: str
    tag: str

    @classmethod
    def parse(cls, name: str, registry: str = "") -> Image:
        """Split `repository:tag`; a registry takes the place of the local prefix."""
        repository, _, tag = name.rpartition(":")
        if registry:
            repository = f"{registry}/{repository.removeprefix('localhost/')}"
        return cls(repository, tag)

    @property
    def name(self) -> str:
        """`repository:tag`."""
        return f"{self.repository}:{self.tag}"

    def values(self) -> list[str]:
        """The chart values that pick this image."""
        return ["--set", f"image.repository={self.repository}", "--set-string", f"image.tag={self.tag}"]


@dataclass(frozen=True, slots=True)
class Images:
    """What `make images` built."""

    service: Image
    dashboard: Image
    controller: Image


def install(cluster: Cluster, say: Say) -> Images:
    """Bring the whole platform up, whatever is already there."""
    together(
        lambda: start(cluster, say),
        lambda started: install_platform(cluster, started, say),
        lambda started: install_images(cluster, started, say),
    )
    images = built(cluster.registry)
    install_controller(cluster, images, say)
    return images


def start(cluster: Cluster, say: Say) -> None:
    """The cluster itself."""
    cluster.up(say)
    say("cluster: the API server answers")


def install_platform(cluster: Cluster, started: Wait, say: Say) -> None:
    """The entrance and the metrics store; their images are made while the cluster starts."""
    made = cluster.prepare(say)
    started()
    for image in made:
        cluster.load(image, say)
    define_gateways(cluster, say)
    kubectl(cluster, say, "apply the platform", "apply", "-k", str(ROOT / cluster.overlay))
    for namespace, name in WORKLOADS:
        rollout(cluster, say, namespace, name)


def install_images(cluster: Cluster, started: Wait, say: Say) -> None:
    """Train what is not trained and build what changed while the cluster starts; then the nodes get it."""
    train(say)
    children.run("build the images", [*MAKE, "images"], say)
    images = built(cluster.registry)
    started()
    for image in (images.service, images.dashboard, images.controller):
        cluster.load(image.name, say)
        say(f"image: {image.name}")


def define_gateways(cluster: Cluster, say: Say) -> None:
    """The kinds of the Gateway API; a cluster that has them keeps its own version."""
    known = kubectl(cluster, say, "look for the Gateway API", "get", "crd", "-o", "name")
    if all(name in known.split() for name in GATEWAY_KINDS):
        return
    folder = children.run("kinds of the Gateway API", DEFINITIONS, say).splitlines()[-1]
    kubectl(cluster, say, "define the Gateway API", "apply", "--server-side", "-f", folder)
    ready = ("wait", "--for=condition=Established", f"--timeout={PATIENCE}")
    kubectl(cluster, say, "wait for the Gateway API", *ready, *GATEWAY_KINDS)


def train(say: Say) -> None:
    """Train the models unless nothing changed; the gate on their scores stops a bad one."""
    children.run("train the models", [*MAKE, "train"], say)
    say(f"models: {', '.join(MODELS)} trained, gate passed")


def manifest(version: str) -> Path:
    """Where the manifest of a trained model lies."""
    return ROOT / "models" / version / "MANIFEST.json"


def install_controller(cluster: Cluster, images: Images, say: Say) -> None:
    """The canary controller with its kinds and rights, and the dead-man beside it."""
    values = [*images.controller.values(), "--set-json", f"proxySettle={PROXY_SETTLE}"]
    helm(cluster, say, "canary-system", "canary-controller", values)
    rollout(cluster, say, "canary-system", "canary-controller")
    rollout(cluster, say, "canary-system", "canary-controller-deadman")


def helm(cluster: Cluster, say: Say, namespace: str, release: str, values: Sequence[str]) -> str:
    """`helm upgrade --install` of the chart that is named like the release."""
    chart = str(ROOT / "helm" / release)
    words = [cluster.tool("helm"), "upgrade", "--install", release, chart, "-n", namespace, *values]
    return children.run(f"helm upgrade {release} in {namespace}", words, say, cluster.env)


def kubectl(cluster: Cluster, say: Say, label: str, *words: str) -> str:
    """One kubectl command."""
    return children.run(label, [cluster.tool("kubectl"), *words], say, cluster.env)


def rollout(cluster: Cluster, say: Say, namespace: str, deployment: str) -> None:
    """Wait until a Deployment is complete."""
    words = ("-n", namespace, "rollout", "status", f"deployment/{deployment}", f"--timeout={PATIENCE}")
    kubectl(cluster, say, f"wait for {deployment}", *words)
    say(f"{deployment}: ready")


def built(registry: str) -> Images:
    """The images that `make images` built last. Raises DemoError when it has built none."""
    try:
        names = json.loads(BUILT.read_text(encoding="utf-8"))
        return Images(
            *(Image.parse(names[kind], registry) for kind in ("service", "dashboard", "controller"))
        )
    except (OSError, ValueError, KeyError) as error:
        raise DemoError(
            f"{BUILT.name}: no built images to be read from it: {error}: run `make images`"
        ) from error


def main() -> int:
    """Run `make up` with plain lines; the return value is the exit code."""

    def say(line: str) -> None:
        print(line, flush=True)

    cluster = chosen()
    try:
        install(cluster, say)
        places = cluster.addresses(say)
        say(f"entry {places.entry}, Prometheus {places.prometheus}; `make down` removes everything")
    except DemoError as error:
        print(f"up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        cluster.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
