"""The cluster that `make up` set up, and whether everything that is measured answers there."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from delivery import asking
from delivery.cluster import chosen
from delivery.errors import StepError
from delivery.images import built
from demo.reads import connect
from demo.report import SCRAPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.cluster import Addresses, Cluster
    from delivery.images import Images

    Say = Callable[[str], None]

SYSTEM = "canary-system"
CONTROLLER = "canary-controller"
SECONDS = 5.0  # that one question may take
_INTERVAL = re.compile(r"^\s*scrape_interval: (\d+)s$", re.MULTILINE)


class NoClusterError(StepError):
    """There is nothing to measure: no cluster, or not what `make up` sets up on it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cluster that is ready to be measured; `api` is a client of its API server."""

    cluster: Cluster
    images: Images
    addresses: Addresses
    api: Any


def find(say: Say) -> Place:
    """Reach the cluster and look whether all of the platform is there. Raises NoClusterError."""
    # The client's own warnings of each attempt would bury the one line that says what is wrong.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        return _find(say)
    except StepError as error:
        why = str(error).strip().splitlines()[-1]
        raise NoClusterError(f"no cluster to measure: {why}: run `make up` first") from error


def ask(what: str, question: Callable[[], Any]) -> Any:
    """Put one question to the API server. Raises StepError when it refuses or gives no answer."""
    try:
        return question()
    except ApiException as error:
        raise StepError(f"{what}: the API server says {error.status} {error.reason}") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        why = str(getattr(error, "reason", None) or error).rpartition(": ")[2]
        raise StepError(f"{what}: the API server gives no answer: {why}") from error


def get_json(url: str, fields: dict[str, str] | None = None) -> Any:
    """GET a JSON document. Raises StepError when there is none."""
    try:
        answer = urllib3.request("GET", url, fields=fields, timeout=SECONDS, retries=False)
        if answer.status == 200:
            return answer.json()
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise StepError(f"{url}: no usable answer: {type(error).__name__}") from error
    raise StepError(f"{url}: status {answer.status}")


def scrape_seconds(config: str) -> float:
    """The pause between two scrapes that a Prometheus configuration sets for all its jobs."""
    found = _INTERVAL.search(config)
    if found is None:
        raise StepError("Prometheus: its configuration names no scrape_interval in seconds")
    return float(found[1])


def _find(say: Say) -> Place:
    cluster = chosen()
    images = built(cluster.registry)
    api = connect(cluster.env)
    apps = client.AppsV1Api(api)
    controller = ask(
        f"Deployment {CONTROLLER}",
        lambda: apps.read_namespaced_deployment(CONTROLLER, SYSTEM, _request_timeout=SECONDS),
    )
    if not controller.status.ready_replicas:
        raise StepError(f"Deployment {CONTROLLER}: no pod of it is ready")
    addresses = cluster.addresses(say)
    if silent := asking.silent(addresses, patience=SECONDS):
        raise StepError(f"{silent[0]}: no answer")
    scrape = scrape_seconds(get_json(f"{addresses.prometheus}/api/v1/status/config")["data"]["yaml"])
    if scrape != SCRAPE:
        raise StepError(f"Prometheus scrapes every {scrape:g} s, and the goals are those for {SCRAPE:g} s")
    return Place(cluster, images, addresses, api)
