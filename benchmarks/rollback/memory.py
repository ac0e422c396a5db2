"""How much memory the controller keeps, by its own metric as Prometheus scraped it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from kubernetes import client

from benchmarks.cluster.place import CONTROLLER, SECONDS, SYSTEM, ask, get_json
from delivery import children
from delivery.errors import StepError

if TYPE_CHECKING:
    from benchmarks.cluster.partial import Row
    from benchmarks.cluster.place import Place, Say

MIB = 2**20
BARE = "import kubernetes; print(open('/proc/self/status').read())"
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


def measure(place: Place, say: Say, seconds: float) -> Row:
    """The controller's resident memory (MiB) now, and the most of it in the last `seconds`."""
    pods = _pods(place.api)
    metric = f'process_resident_memory_bytes{{namespace="{SYSTEM}",pod=~"{"|".join(pods)}"}}'
    kinds = client.CustomObjectsApi(place.api)
    releases = ask(
        "CanaryReleases",
        lambda: kinds.list_cluster_custom_object(
            "canary.serin.dev", "v1alpha1", "canaryreleases", _request_timeout=SECONDS
        ),
    )
    return {
        "now_mib": _mib(place, metric),
        "highest_mib": _mib(place, f"max_over_time({metric}[{seconds:.0f}s])"),
        "over_seconds": round(seconds),
        "releases": len(releases["items"]),
        "pods": pods,
        "import_kubernetes_mib": resident(
            children.run("import kubernetes", [sys.executable, "-c", BARE], say)
        ),
    }


def resident(status: str) -> float:
    """Resident memory (MiB) by the kernel's account of a process."""
    found = _RESIDENT.search(status)
    if found is None:
        raise StepError("import kubernetes: the kernel's account of the process names no VmRSS")
    return round(int(found[1]) / 1024, 1)


def largest(answer: Any) -> float:
    """The largest value of a Prometheus answer. Raises StepError when it holds none."""
    try:
        values = [float(series["value"][1]) for series in answer["data"]["result"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise StepError("Prometheus: its answer is no vector: check the address") from error
    if not values:
        raise StepError("Prometheus: it has no sample of the controller's memory: is it scraped?")
    return max(values)


def _mib(place: Place, question: str) -> float:
    url = f"{place.addresses.prometheus}/api/v1/query"
    return round(largest(get_json(url, {"query": question})) / MIB, 1)


def _pods(api: Any) -> list[str]:
    select = f"app.kubernetes.io/name={CONTROLLER}"
    core = client.CoreV1Api(api)
    listed = ask(
        "the controller's pods",
        lambda: core.list_namespaced_pod(SYSTEM, label_selector=select, _request_timeout=SECONDS),
    )
    return [pod.metadata.name for pod in listed.items if pod.status.phase == "Running"]
