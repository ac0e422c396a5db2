"""`make up`: the cluster with everything around the releases on it. Quick and harmless when it all runs.

Each step raises StepError with the last lines of the command that failed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from delivery import children, models, tools
from delivery.children import ROOT
from delivery.cluster import chosen
from delivery.errors import StepError
from delivery.images import built
from delivery.together import together
from delivery.tools import PATIENCE, helm, kubectl, rollout

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.cluster import Cluster
    from delivery.images import Images
    from delivery.together import Wait

    Say = Callable[[str], None]

WORKLOADS = (("traefik", "traefik"), ("monitoring", "prometheus"))
GATEWAY_KINDS = tuple(
    f"customresourcedefinition.apiextensions.k8s.io/{kind}.gateway.networking.k8s.io"
    for kind in ("gatewayclasses", "gateways", "httproutes")
)
DEFINITIONS = (sys.executable, "-m", "devcluster", "gateway-crds")
PROXY_SETTLE = 1.0  # seconds; the Traefik of our component follows within 0.2


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
    models.train(say)
    tools.make("build the images", "images", say)
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


def install_controller(cluster: Cluster, images: Images, say: Say) -> None:
    """The canary controller with its kinds and rights, and the dead-man beside it."""
    values = [*images.controller.values(), "--set-json", f"proxySettle={PROXY_SETTLE}"]
    helm(cluster, say, "canary-system", "canary-controller", values)
    rollout(cluster, say, "canary-system", "canary-controller")
    rollout(cluster, say, "canary-system", "canary-controller-deadman")


def main() -> int:
    """Run `make up` with plain lines; the return value is the exit code."""

    def say(line: str) -> None:
        print(line, flush=True)

    cluster = chosen()
    try:
        install(cluster, say)
        places = cluster.addresses(say)
        say(f"entry {places.entry}, Prometheus {places.prometheus}; `make down` removes everything")
    except StepError as error:
        print(f"up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        cluster.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
