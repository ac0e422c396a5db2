"""Users that nobody has to be: counters as proxy and services would export them, in a real Prometheus.

Every canary gets its share of `RATE` requests a second, evenly; one in 200 is slow. Both views tell the same.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import urllib3
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from benchmarks.scale.fleet import PORT, Place
from delivery import children
from delivery.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from delivery.cluster import Cluster

RATE = 20.0  # requests/s of one release
WEIGHT = 10  # percent for the canary, from the moment on that it may have users
EXPORTER, STORE = 19464, 19465  # ports on the loopback address
SCRAPE = 5  # seconds
EDGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_QUICK, _SLOW = 0.01, 0.5  # seconds that an answer takes
_ONE_IN = 200
_CONFIG = f"""
global: {{scrape_interval: {SCRAPE}s, scrape_timeout: 3s}}
scrape_configs:
  - job_name: users
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{EXPORTER}"]}}]
"""


class Users(Collector):
    """The counters of all releases that have users; `meet` lets a release have some."""

    def __init__(self) -> None:
        self._began = time.time()
        self._met: dict[tuple[Place, str, str], float] = {}
        self._lock = threading.Lock()

    def meet(self, place: Place, stable: str, canary: str) -> None:
        """Let users ask for this release from now on."""
        with self._lock:
            self._met.setdefault((place, stable, canary), time.time())

    def collect(self) -> Iterator[Metric]:
        """Yield every counter at this instant."""
        with self._lock:
            met = dict(self._met)
        now = time.time()
        edge = HistogramMetricFamily(
            "traefik_service_request_duration_seconds", "Edge", labels=["service", "code"]
        )
        own = HistogramMetricFamily(
            "flask_http_request_duration_seconds",
            "Application",
            labels=["namespace", "release", "revision", "status"],
        )
        for (place, stable, canary), since in met.items():
            base = f"{place.namespace}-{place.name}-{place.name}-stable-{PORT}"
            for end, revision, share in (("", stable, 100 - WEIGHT), ("-canary", canary, WEIGHT)):
                buckets = _buckets(int((now - since) * RATE * share / 100))
                edge.add_metric([f"{base}{end}@kubernetesingressnginx", "200"], buckets, sum_value=0)
                own.add_metric([place.namespace, place.name, revision, "200"], buckets, sum_value=0)
        yield from (edge, own, self._starts(met))

    def _starts(self, met: dict[tuple[Place, str, str], float]) -> GaugeMetricFamily:
        starts = GaugeMetricFamily(
            "process_start_time_seconds", "Start", labels=["namespace", "release", "revision"]
        )
        for place, *revisions in met:
            for revision in revisions:
                starts.add_metric([place.namespace, place.name, revision], self._began)
        return starts


def _buckets(requests: int) -> list[tuple[str, float]]:
    slow = requests // _ONE_IN
    below = {edge: (requests - slow if edge >= _QUICK else 0) if edge < _SLOW else requests for edge in EDGES}
    return [*((str(edge), float(count)) for edge, count in below.items()), ("+Inf", float(requests))]


@contextmanager
def store(users: Users, cluster: Cluster, folder: Path) -> Iterator[str]:
    """A Prometheus that scrapes `users`; its address. Raises StepError when it does not answer."""
    registry = CollectorRegistry()
    registry.register(users)
    server, thread = start_http_server(EXPORTER, "127.0.0.1", registry)
    (folder / "prometheus.yml").write_text(_CONFIG, encoding="utf-8")
    url = f"http://127.0.0.1:{STORE}"
    words = [
        cluster.tool("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'store'}", f"--web.listen-address=127.0.0.1:{STORE}",
    ]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        child = children.start(words, stdout=log.fileno(), stderr=log.fileno())
        try:
            _await(url)
            yield url
        finally:
            children.end(child)
            server.shutdown()
            server.server_close()
            thread.join()


def _await(url: str) -> None:
    for _ in range(100):
        try:
            if urllib3.request("GET", f"{url}/-/ready", retries=False, timeout=1).status == 200:
                return
        except (urllib3.exceptions.HTTPError, OSError):
            pass
        time.sleep(0.2)
    raise StepError(f"Prometheus at {url}: not ready within 20 s: its log is beside the report")
